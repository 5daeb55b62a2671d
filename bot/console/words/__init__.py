"""What the console says to staff: one table for each language."""
