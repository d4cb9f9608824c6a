"""Language neurons set to zero: what that costs each language."""
