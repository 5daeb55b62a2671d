"""The road of one message: accept, handle, deliver; and the embedded loop that walks it."""
