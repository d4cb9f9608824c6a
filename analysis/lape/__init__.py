"""Language neurons: inner units of the MLPs that fire for few languages."""
