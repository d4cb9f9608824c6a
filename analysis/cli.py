"""`python -m analysis`: analyses of checkpoints what they found, their files, concept sets."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
import transformers
from tqdm import tqdm

from analysis import show
from analysis.checkpoints.loading import find_checkpoints
from analysis.checkpoints.manifest import distinct, equal_weights, same_weights, verify
from analysis.checkpoints.sources import Source
from analysis.checkpoints.targets import Options, Target, find_targets
from analysis.concepts import cli as concepts
from analysis.config import held_out_text, located, read_configuration
from analysis.errors import ArgumentParser, UserError
from analysis.experts import cli as experts
from analysis.inputs import Inputs, open_inputs
from analysis.layout import CONFIG
from analysis.ranks import this_rank
from analysis.registry import ANALYSES, DERIVED
from analysis.report import cli as report
from analysis.run import analyse, explain
from analysis.settings import AnalysisSettings


def main(argv: Sequence[str]) -> None:
    """Run the command named."""
    transformers.utils.logging.disable_progress_bar()
    arguments = _parser().parse_args(argv)
    arguments.command(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = ArgumentParser(prog="python -m analysis", description="Analyse checkpoints.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run", help="make the analyses of checkpoints, skipping those that are there"
    )
    run.add_argument(
        "target",
        nargs="+",
        help="run folder, checkpoint folder (of this package or any of transformers), or the id of"
        " a model on the Hugging Face Hub",
    )
    run.add_argument(
        "--revisions",
        nargs="+",
        default=[],
        metavar="NAME",
        help="branches, tags or commits of a model on the Hub (default: main), or 'all' whose"
        " names tell a step",
    )
    run.add_argument(
        "--step", type=int, help="step of a checkpoint whose name tells none (default: 0)"
    )
    run.add_argument(
        "--delete-downloads",
        action="store_true",
        help="delete each checkpoint downloaded by this command when it has been analysed",
    )
    run.add_argument(
        "--config",
        type=Path,
        help="YAML file whose block 'analyses' is used instead of the run's own",
    )
    run.add_argument(
        "--analyses",
        nargs="+",
        choices=list(ANALYSES),
        metavar="NAME",
        help="make only these, also those that the settings leave out (then with their defaults):"
        f" {' '.join(ANALYSES)}",
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
    experts.add_commands(commands)
    report.add_command(commands)
    show.add_command(commands)
    return parser


def _run(arguments: argparse.Namespace) -> None:
    """Analyse this process' share of the checkpoints named.

    One that fails does not keep the others from it.
    """
    options = Options(
        arguments.out, arguments.revisions, arguments.step, arguments.delete_downloads
    )
    targets = find_targets(arguments.target, options)
    rank = this_rank()
    share = {id(each) for each in rank.share([each for one in targets for each in one.sources])}
    failed: list[str] = []
    opened: dict[tuple[AnalysisSettings, Path], Inputs] = {}
    for target in targets:
        settings, heldout = _settings(arguments, target)
        key = settings, heldout.resolve()
        if key not in opened:
            opened[key] = open_inputs(settings, heldout, arguments.analyses)
        sources = [source for source in target.sources if id(source) in share]
        for source in tqdm(sources, desc=f"analysing {target.name}", unit="checkpoint"):
            try:
                outcome = analyse(
                    source,
                    target.out,
                    opened[key],
                    again=arguments.again,
                    device=rank.device(arguments.device),
                )
            except UserError as error:
                failed.append(source.name)
                tqdm.write(f"{source.name}: {error}", file=sys.stderr)
                continue
            for name, problem in outcome.failed.items():
                failed.append(source.name)
                tqdm.write(f"{source.name}: {name} failed: {explain(problem)}", file=sys.stderr)
        for name, write in DERIVED.items():
            try:
                write(target.out, None)
            except UserError as error:
                failed.append(target.name)
                tqdm.write(f"{target.name}: {name} failed: {error}", file=sys.stderr)
        among = f", {len(sources)} of {len(target.sources)} checkpoints made by process "
        others = f"{among}{rank.number} of {rank.processes}" if rank.processes > 1 else ""
        print(f"results in {target.out}{others}")
    known = dict.fromkeys(each for target in targets for each in _weights(target.sources))
    _tell_equal_weights(same_weights(each for each in known if each[0] not in failed))
    if failed:
        raise UserError(
            f"{len(failed)} failed, see above", where="analysis run", fix="run it again"
        )


def _weights(sources: Iterable[Source]) -> Iterator[tuple[str, int, str]]:
    """Names, steps and weights' fingerprints of the checkpoints, as far as they are known.

    Those that other processes have opened by now are among them, so the last one tells of all.
    """
    for source in sources:
        try:
            weights = source.weights()
            if weights is not None:
                yield source.name, source.step, weights
        except UserError:
            pass  # a damaged manifest, told by the process whose share it is


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
    equal = _tell_equal_weights(equal_weights(whole))
    print(f"{len(whole)} checkpoints whole, {equal} with the weights of an earlier one")
    if len(whole) < len(folders):
        raise UserError(
            f"{len(folders) - len(whole)} of {len(folders)} checkpoints are damaged, see above",
            where="analysis verify",
            fix="delete them, or copy them anew",
        )


def _tell_equal_weights(pairs: list[tuple[int, str, str]]) -> int:
    """Print the pairs of steps with equal weights, which a training that works does not give."""
    for step, first, second in pairs:
        print(f"equal weights: step {step} in {first}, and {second}")
    return len(pairs)


def _settings(arguments: argparse.Namespace, target: Target) -> tuple[AnalysisSettings, Path]:
    """Settings and held-out text for a target: what the command line names, else the run's own."""
    run = target.run
    file: Path | None = arguments.config or (run / CONFIG if run else None)
    if file is None:
        raise UserError(
            "no run folder around it", where=target.name, fix="name the settings with --config"
        )
    chosen = read_configuration(file)
    if run and chosen.data is None:
        # A file that is named instead of the run's own need not know the run's data.
        chosen = replace(chosen, data=read_configuration(run / CONFIG).data)
    settings = located(chosen, run, arguments.analyses)
    return settings, arguments.heldout or held_out_text(chosen, run)
