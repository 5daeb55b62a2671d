"""Tests of the pure core: examples rule by rule, the clocks by date, and the five laws over random conversations."""
