"""Privacy Desk: a privacy assistant for the inbox and the chats of a small company."""
