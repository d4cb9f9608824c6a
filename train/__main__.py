"""`python -m train`."""

if __name__ == "__main__":  # worker processes import this module, too, and need none of it
    import sys

    from analysis.errors import run_command
    from train.cli import main

    sys.exit(run_command(main, sys.argv[1:]))
