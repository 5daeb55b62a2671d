"""Alembic migrations; `pre` ones run before new code starts, `post` ones after the old code has stopped."""
