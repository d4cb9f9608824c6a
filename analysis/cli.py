"""`python -m analysis`: analyses of checkpoints that are on disk, and the check of their files."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import jsonargparse
import torch
import transformers
import yaml
from tqdm import tqdm

from analysis import results
from analysis.checkpoints.loading import FOLDER, find_checkpoints
from analysis.checkpoints.manifest import equal_weights, read_manifest, verify
from analysis.errors import UserError
from analysis.run import analyse, explain, open_inputs
from analysis.settings import AnalysisSettings

RUN_CONFIG = "config.yaml"
HELD_OUT = "heldout.parquet"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UserError(message, where=self.prog, fix=f"see {self.prog} --help")


def main(argv: Sequence[str]) -> None:
    """Run `run` or `verify`."""
    transformers.utils.logging.disable_progress_bar()
    arguments = _parser().parse_args(argv)
    arguments.command(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m analysis", description="Analyse checkpoints.")
    commands = parser.add_subparsers(required=True, parser_class=_Parser)
    run = commands.add_parser(
        "run", help="make the analyses of a run's checkpoints, skipping those that are there"
    )
    run.add_argument("target", type=Path, nargs="+", help="run folder, or checkpoint folders")
    run.add_argument("--config", type=Path, help="settings to use instead of the run's own (YAML)")
    run.add_argument("--heldout", type=Path, help="held-out text instead of the run's own")
    run.add_argument("--out", type=Path, help="where results go instead of the run's own folder")
    run.add_argument("--again", action="store_true", help="make anew what is there")
    run.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    run.set_defaults(command=_run)
    check = commands.add_parser("verify", help="compare checkpoints' files with their manifests")
    check.add_argument("target", type=Path, nargs="+", help="run folder, or checkpoint folders")
    check.set_defaults(command=_verify)
    return parser


def _run(arguments: argparse.Namespace) -> None:
    """Analyse every checkpoint named; one that fails does not keep the others from it."""
    failed = 0
    for target in arguments.target:
        folders = find_checkpoints(target)
        run = _run_folder(folders[0])
        config = arguments.config or (run / RUN_CONFIG if run else None)
        settings, heldout = _read_settings(config, arguments.heldout)
        out = arguments.out or (run / results.FOLDER if run else None)
        if out is None:
            raise UserError("no run folder around it", where=target, fix="say where with --out")
        inputs = open_inputs(settings, heldout)
        for folder in tqdm(folders, desc=f"analysing {target.name}", unit="checkpoint"):
            try:
                outcome = analyse(
                    folder, out, inputs, again=arguments.again, device=arguments.device
                )
            except UserError as error:
                failed += 1
                tqdm.write(f"{folder.name}: {error}", file=sys.stderr)
                continue
            failed += len(outcome.failed)
            for name, problem in outcome.failed.items():
                tqdm.write(f"{folder.name}: {name} failed: {explain(problem)}", file=sys.stderr)
        print(f"results in {out}")
    if failed:
        raise UserError(f"{failed} failed, see above", where="analysis run", fix="run it again")


def _verify(arguments: argparse.Namespace) -> None:
    folders = [folder for target in arguments.target for folder in find_checkpoints(target)]
    for folder in tqdm(folders, desc="verifying", unit="checkpoint"):
        verify(folder)
    pairs = equal_weights(folders)
    for first, second in pairs:
        print(f"equal weights: step {read_manifest(first).step} in {first}, and {second}")
    print(f"{len(folders)} checkpoints whole, {len(pairs)} with the weights of an earlier one")


def _run_folder(checkpoint: Path) -> Path | None:
    """The run that a checkpoint lies in, if any."""
    folder = checkpoint.resolve().parent
    inside = folder.name == FOLDER and (folder.parent / RUN_CONFIG).is_file()
    return folder.parent if inside else None


def _read_settings(config: Path | None, heldout: Path | None) -> tuple[AnalysisSettings, Path]:
    """The settings block `analyses` of a configuration, and the held-out text that it means."""
    values: dict[str, Any] = {}
    if config is not None:
        if not config.is_file():
            raise UserError("no such file", where=config, fix="correct --config")
        values = yaml.safe_load(config.read_text(encoding="utf-8")) or {}
    parser = jsonargparse.ArgumentParser(exit_on_error=False)
    parser.add_class_arguments(AnalysisSettings, "analyses")
    try:
        parsed = parser.parse_object({"analyses": values.get("analyses") or {}})
        settings: AnalysisSettings = parser.instantiate_classes(parsed).analyses
    except (argparse.ArgumentError, TypeError, ValueError) as error:
        raise UserError(str(error), where=config, fix="correct the block 'analyses'") from error
    if heldout is None:
        folder = (values.get("data") or {}).get("folder")
        if folder is None:
            raise UserError("no held-out text", where="analysis run", fix="name it with --heldout")
        heldout = Path(folder) / HELD_OUT
    return settings, heldout
