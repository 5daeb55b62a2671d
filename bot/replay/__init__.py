"""Recorded conversations: what people said and what must follow, played through the real road or the core alone.

`load` reads the files, a stage plays them, `judge` says what went otherwise than written.
"""
