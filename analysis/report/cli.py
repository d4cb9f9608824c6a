"""`python -m analysis report`."""

import argparse
from pathlib import Path
from typing import Any

from analysis.report.report import write_report


def add_command(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add `report` to the commands of `python -m analysis`."""
    report = commands.add_parser("report", help="write a page that shows what the analyses found")
    report.add_argument(
        "target",
        nargs="+",
        metavar="RUN_OR_RESULTS",
        help="run folder or results folder; runs that differ in their seed only are shown as one",
    )
    report.add_argument(
        "--compare",
        nargs="+",
        default=[],
        metavar="OTHER",
        help="runs or results folders to show beside them, never as further seeds",
    )
    report.add_argument(
        "--out", type=Path, help="where it goes instead of the first run's folder 'report'"
    )
    report.set_defaults(command=_report)


def _report(arguments: argparse.Namespace) -> None:
    print(f"report: {write_report(arguments.target, arguments.compare, arguments.out)}")
