"""Pulling the plug: whole desks whose processes are killed at random while mail and chats come in."""
