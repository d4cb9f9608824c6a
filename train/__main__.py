"""`python -m train`."""

import sys

from analysis.errors import run_command
from train.cli import main

sys.exit(run_command(main, sys.argv[1:]))
