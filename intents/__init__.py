"""Reads what a person wants of their personal data, in their own words."""
