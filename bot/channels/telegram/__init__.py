"""Telegram as a channel: one bot for each brand, by polling or by webhook.

Law: whoever writes is a numeric id and nothing else; only fresh text in a private chat is ever acted on.
"""
