"""The report of runs: one page with interactive figures, beside them pictures and tables."""
