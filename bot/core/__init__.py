"""The pure core: values in, a decision out. No I/O, clock, chance or log in here."""
