"""`python -m analysis`: analyses of checkpoints on disk, the check of their files, concept sets."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
import transformers
from tqdm import tqdm

from analysis import results
from analysis.checkpoints.loading import find_checkpoints
from analysis.checkpoints.manifest import distinct, equal_weights, read_manifest, verify
from analysis.concepts import cli as concepts
from analysis.config import held_out_text, located, read_configuration
from analysis.errors import ArgumentParser, UserError
from analysis.layout import CHECKPOINTS, CONFIG
from analysis.run import Inputs, analyse, explain, open_inputs
from analysis.settings import AnalysisSettings


def main(argv: Sequence[str]) -> None:
    """Run `run`, `verify` or `concepts`."""
    transformers.utils.logging.disable_progress_bar()
    arguments = _parser().parse_args(argv)
    arguments.command(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = ArgumentParser(prog="python -m analysis", description="Analyse checkpoints.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run", help="make the analyses of a run's checkpoints, skipping those that are there"
    )
    run.add_argument("target", type=Path, nargs="+", help="run folder, or checkpoint folders")
    run.add_argument(
        "--config",
        type=Path,
        help="YAML file whose block 'analyses' is used instead of the run's own",
    )
    run.add_argument("--heldout", type=Path, help="held-out text instead of the run's own")
    run.add_argument("--out", type=Path, help="where results go instead of the run's own folder")
    run.add_argument("--again", action="store_true", help="make anew what is there")
    run.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    run.set_defaults(command=_run)
    check = commands.add_parser("verify", help="compare checkpoints' files with their manifests")
    check.add_argument("target", type=Path, nargs="+", help="run folder, or checkpoint folders")
    check.set_defaults(command=_verify)
    concepts.add_commands(commands)
    return parser


def _run(arguments: argparse.Namespace) -> None:
    """Analyse every checkpoint named; one that fails does not keep the others from it."""
    failed = 0
    analysed: list[Path] = []
    opened: dict[tuple[AnalysisSettings, Path], Inputs] = {}
    for target in distinct(arguments.target):
        folders = find_checkpoints(target)
        run = _run_folder(folders[0])
        out = arguments.out or (run / results.FOLDER if run else None)
        if out is None:
            raise UserError("no run folder around it", where=target, fix="say where with --out")
        settings, heldout = _settings(arguments, target, run)
        key = settings, heldout.resolve()
        if key not in opened:
            opened[key] = open_inputs(settings, heldout)
        for folder in tqdm(folders, desc=f"analysing {target.name}", unit="checkpoint"):
            try:
                outcome = analyse(
                    folder, out, opened[key], again=arguments.again, device=arguments.device
                )
            except UserError as error:
                failed += 1
                tqdm.write(f"{folder.name}: {error}", file=sys.stderr)
                continue
            analysed.append(folder)
            failed += len(outcome.failed)
            for name, problem in outcome.failed.items():
                tqdm.write(f"{folder.name}: {name} failed: {explain(problem)}", file=sys.stderr)
        print(f"results in {out}")
    _tell_equal_weights(analysed)
    if failed:
        raise UserError(f"{failed} failed, see above", where="analysis run", fix="run it again")


def _verify(arguments: argparse.Namespace) -> None:
    """Verify every checkpoint named; a damaged one does not end it."""
    folders = distinct(folder for target in arguments.target for folder in find_checkpoints(target))
    whole: list[Path] = []
    for folder in tqdm(folders, desc="verifying", unit="checkpoint"):
        try:
            verify(folder)
        except UserError as error:
            tqdm.write(str(error), file=sys.stderr)
        else:
            whole.append(folder)
    equal = _tell_equal_weights(whole)
    print(f"{len(whole)} checkpoints whole, {equal} with the weights of an earlier one")
    if len(whole) < len(folders):
        raise UserError(
            f"{len(folders) - len(whole)} of {len(folders)} checkpoints are damaged, see above",
            where="analysis verify",
            fix="delete them, or copy them anew",
        )


def _tell_equal_weights(folders: list[Path]) -> int:
    """Print the pairs of steps with equal weights, which a training that works does not give."""
    pairs = equal_weights(folders)
    for first, second in pairs:
        print(f"equal weights: step {read_manifest(first).step} in {first}, and {second}")
    return len(pairs)


def _run_folder(checkpoint: Path) -> Path | None:
    """The run that a checkpoint lies in, if any."""
    folder = checkpoint.resolve().parent
    inside = folder.name == CHECKPOINTS and (folder.parent / CONFIG).is_file()
    return folder.parent if inside else None


def _settings(
    arguments: argparse.Namespace, target: Path, run: Path | None
) -> tuple[AnalysisSettings, Path]:
    """Settings and held-out text for a target: what the command line names, else the run's own."""
    file: Path | None = arguments.config or (run / CONFIG if run else None)
    if file is None:
        raise UserError(
            "no run folder around it", where=target, fix="name the settings with --config"
        )
    chosen = read_configuration(file)
    if run and chosen.data is None:
        # A file that is named instead of the run's own need not know the run's data.
        chosen = replace(chosen, data=read_configuration(run / CONFIG).data)
    return located(chosen, run), arguments.heldout or held_out_text(chosen, run)
