"""`python -m analysis experts export`."""

import argparse
from pathlib import Path
from typing import Any

from analysis.experts.selfcond_csv import write_selfcond
from analysis.results import find_results


def add_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add `experts` and its own command to those of `python -m analysis`."""
    parser = commands.add_parser("experts", help="write experts in the files of other programs")
    own = parser.add_subparsers(required=True, metavar="COMMAND")
    export = own.add_parser("export", help="ml-selfcond's expertise.csv, one per concept")
    export.add_argument("target", metavar="RUN_OR_RESULTS", help="run folder or results folder")
    export.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    export.add_argument("--step", type=int, help="step (the last one analysed)")
    export.set_defaults(command=_export)


def _export(arguments: argparse.Namespace) -> None:
    step = write_selfcond(find_results(arguments.target), arguments.out, arguments.step)
    print(f"experts of step {step} in {arguments.out}")
