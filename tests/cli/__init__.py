"""The product as a person at the command line uses it."""
