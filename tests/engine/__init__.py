"""The road of one message, on SQLite, with fakes at its ends."""
