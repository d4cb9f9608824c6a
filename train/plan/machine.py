"""What a run is planned for: hardware, the number of its processes, the share of the peak."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from analysis.errors import ArgumentParser, UserError
from callbacks.throughput import PEAKS

HARDWARE = {name.lower().replace(" ", "-"): peak for name, peak in PEAKS.items()}
"""Peaks in FLOP/s by the names that `--hardware` takes."""

MEMORY = {"h200": 141e9, "h100": 80e9, "h100-pcie": 80e9, "a100": 80e9}
"""Bytes of their memory; there are A100s of 40 GB too."""


@dataclass(frozen=True)
class Machine:
    """What a run is planned for; without `hardware`, for its `run.peak_tflops` or all known."""

    hardware: str | None = None
    gpus: int | None = None
    mfu: float = 0.40
    measure: bool = False


@dataclass(frozen=True)
class Processes:
    """How many processes train, each with a device of its own, and how that is known."""

    number: int
    source: str


def read_machine(argv: Sequence[str]) -> tuple[Machine, list[str]]:
    """The plan's own options, and the words that are left: those of the configuration.

    Raises `UserError` for hardware that is not known, and for values out of range.
    """
    parser = ArgumentParser(prog="python -m train plan", add_help=False, allow_abbrev=False)
    parser.add_argument("--hardware", type=str.lower)
    parser.add_argument("--gpus", type=int)
    parser.add_argument("--mfu", type=float, default=Machine.mfu)
    parser.add_argument("--measure", action="store_true")
    own, rest = parser.parse_known_args(argv)
    if own.hardware is not None and own.hardware not in HARDWARE:
        raise UserError(
            f"peak of '{own.hardware}' is not known",
            where="--hardware",
            fix=f"known: {', '.join(sorted(HARDWARE))}; for others set run.peak_tflops instead",
        )
    if own.gpus is not None and own.gpus < 1:
        raise UserError(f"{own.gpus} GPUs", where="--gpus", fix="give 1 or more")
    if not 0 < own.mfu <= 1:
        raise UserError(f"{own.mfu} is no share", where="--mfu", fix="give one above 0, at most 1")
    return Machine(own.hardware, own.gpus, own.mfu, own.measure), rest


def processes(trainer: Any, gpus: int | None) -> Processes:  # noqa: ANN401 (jsonargparse's)
    """The processes of a run as Lightning counts them; `gpus` on all nodes count instead.

    Where all devices of a machine are asked for and it has no GPU, one is assumed, for the plan
    may be made elsewhere. Raises `UserError` for what Lightning would refuse.
    """
    if gpus is not None:
        return Processes(gpus, "--gpus")
    nodes = int(trainer.num_nodes)
    if nodes < 1:
        raise UserError(f"{nodes} nodes", where="trainer.num_nodes", fix="give 1 or more")
    on_cpu = trainer.accelerator == "cpu"
    wanted = _wanted(trainer.devices, on_cpu=on_cpu)
    here = 1 if on_cpu else torch.cuda.device_count()
    number = (here or 1 if wanted is None else wanted) * nodes
    source = f"trainer.devices {trainer.devices} x trainer.num_nodes {nodes}"
    if wanted is None and not on_cpu:
        source += (
            f"; this machine has {here}"
            if here
            else "; this machine has no GPU, and 1 a node is assumed: say how many with --gpus"
        )
    return Processes(number, source)


def _wanted(devices: object, *, on_cpu: bool) -> int | None:
    """How many devices of a node `trainer.devices` asks for; None for all there are."""
    named = devices
    if isinstance(devices, str):
        words = devices.strip()
        if words == "auto":
            return None
        try:
            named = [int(n) for n in words.split(",") if n] if "," in words else int(words)
        except ValueError:
            raise _no_devices(devices, "it is no number, list of numbers or auto") from None
    if isinstance(named, list):
        if on_cpu:
            raise _no_devices(devices, "the CPU's processes bear no numbers")
        if not named or min(named) < 0 or len(set(named)) < len(named):
            raise _no_devices(devices, "a list names each GPU once, from 0 on")
        return len(named)
    assert isinstance(named, int), named
    if named == -1 and not on_cpu:
        return None
    if named < 1:
        raise _no_devices(devices, "no device is left to train on")
    return named


def _no_devices(devices: object, why: str) -> UserError:
    return UserError(
        f"{devices!r} cannot be: {why}",
        where="trainer.devices",
        fix="give a number, a list such as [0, 2], or auto",
    )
