"""`python -m tokenizer`."""

import sys

from analysis.errors import run_command
from tokenizer.cli import main

sys.exit(run_command(main, sys.argv[1:]))
