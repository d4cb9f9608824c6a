"""`python -m analysis`."""

if __name__ == "__main__":  # worker processes import this module, too, and need none of it
    import sys

    from analysis.cli import main
    from analysis.errors import run_command

    sys.exit(run_command(main, sys.argv[1:]))
