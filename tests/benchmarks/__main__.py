"""`make bench`: prints a table for BENCHMARKS.md, headed by date, commit and hardware."""

import datetime
import platform
import subprocess

import torch

from tests.benchmarks import (
    analyses,
    concepts,
    data,
    experts,
    loss,
    precision,
    probes,
    report,
    steering,
    training,
)

PARTS = precision, experts, probes, steering, analyses, concepts, report, data, loss, training


def main() -> None:
    """Measure everything and print it as Markdown."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    print(
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, commit {commit or 'unknown'}, "
        f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads, "
        f"torch {torch.__version__}\n"
    )
    print("| what | ours | theirs | ratio |\n|---|---|---|---|")
    for part in PARTS:
        for row in part.rows():
            print(f"| {' | '.join(row)} |", flush=True)


main()
