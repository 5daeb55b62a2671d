"""What the chats of other companies share: commands and buttons, one-line asides, and long messages that are split.

Law: only fresh text that a person wrote in a private chat is ever acted on; everything else gets one fixed line.
"""
