"""Intervals and nulls that stand beside the values of the analyses."""
