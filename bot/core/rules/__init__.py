"""One rule, one file, one question; their order stands in `bot.core.decide`."""
