"""`python -m analysis`."""

import sys

from analysis.cli import main
from analysis.errors import run_command

sys.exit(run_command(main, sys.argv[1:]))
