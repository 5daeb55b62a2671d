"""The staff's console: the clerk's desk in a browser.

Law: no page without a permission, nothing of a brand to whoever has no role there; every act calls `bot.staff`;
nothing inline, nothing from another host.
"""
