"""`python -m train plan`: what a run will do, told before it starts. Nothing is written.

All figures follow from the configuration, from the prepared data should it be there, and from the
analyses that the run folder has timed already. Those of memory and hours are estimates; the plan
says from what.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.errors import ArgumentParser, UserError
from analysis.metrics import METRICS, read_metrics
from analysis.settings import wanted
from callbacks.resume import KEPT
from callbacks.throughput import PEAKS, training_flops_per_token
from train.data.datamodule import BlocksDataModule
from train.data.store import MANIFEST
from train.run import RunSettings, check_batch
from train.settings import Shape

HARDWARE = {name.lower().replace(" ", "-"): peak for name, peak in PEAKS.items()}
"""Peaks in FLOP/s by the names that `--hardware` takes."""

EPOCHS = 4
"""Repeating text more often than this is warned of: from there on it teaches less and less
(Muennighoff et al. 2023, "Scaling Data-Constrained Language Models")."""

_FLOAT, _ADAM = 4, 8
"""Bytes of a weight, a gradient, or a number in a checkpoint; and of AdamW's two moments."""

_COLUMNS = 4
"""Languages on a line."""


@dataclass(frozen=True)
class Machine:
    """What a run is planned for; without `hardware`, for its `run.peak_tflops` or all known."""

    hardware: str | None = None
    gpus: int | None = None
    mfu: float = 0.40
    measure: bool = False


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
            fix=f"known: {', '.join(sorted(HARDWARE))}; for others set run.peak_tflops",
        )
    if own.gpus is not None and own.gpus < 1:
        raise UserError(f"{own.gpus} GPUs", where="--gpus", fix="give 1 or more")
    if not 0 < own.mfu <= 1:
        raise UserError(f"{own.mfu} is no share", where="--mfu", fix="give one above 0, at most 1")
    return Machine(own.hardware, own.gpus, own.mfu, own.measure), rest


def plan(values: Any, machine: Machine, analysis_seconds: float | None = None) -> str:  # noqa: ANN401 (jsonargparse's)
    """The plan of a run as a table; `values` are its configuration with the classes built.

    `analysis_seconds` are those of a checkpoint's analyses where they have been measured.

    Raises `UserError` for a run without an end, a batch that cannot be shared among the GPUs, and
    prepared data that is damaged.
    """
    trainer, data, shape = values.trainer, values.data, values.model.shape
    if trainer.max_steps < 1:
        raise UserError("the run has no end", where="trainer.max_steps", fix="set it")
    gpus = machine.gpus or _devices(trainer)
    check_batch(data.batch_blocks, gpus)
    parameters = sum(weight.numel() for weight in values.model.network.parameters())
    blocks = data.batch_blocks * trainer.accumulate_grad_batches
    block = data.settings.block_size
    tokens = blocks * block * trainer.max_steps
    checkpoints = values.checkpoints.steps(trainer.max_steps)
    flops = tokens * training_flops_per_token(shape.config(), block)
    hours = _hours(flops, _peaks(values.run, machine), machine.mfu * gpus)
    weights, state = _FLOAT * parameters, (_FLOAT + _ADAM) * parameters
    each = f"{blocks * block:,} tokens ({blocks} blocks of {block:,})"
    rows = [
        ("parameters", f"{parameters:,}"),
        ("steps", f"{trainer.max_steps:,} of {each}"),
        ("tokens", f"{tokens:,}"),
        *_languages(data, blocks * trainer.max_steps),
        ("checkpoints", f"{len(checkpoints)} of {_size(weights)}: "
         f"{_size(weights * len(checkpoints))}"),
        ("resume states", f"{KEPT} of {_size(state)}, one more while writing: "
         f"{_size(state * (KEPT + 1))}"),
        ("data on disk", _data_disk(data)),
        *_memory(values, parameters, gpus),
        ("compute", f"{flops:.3e} FLOP, forward and backward, causal attention and head counted"),
        ("hours", _hours_text(hours, machine, gpus, _precision(trainer))),
        ("analyses", _analyses(values, checkpoints, hours, analysis_seconds)),
    ]  # fmt: skip
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {text}" for name, text in rows)


def _devices(trainer: Any) -> int:  # noqa: ANN401
    devices = trainer.devices
    if isinstance(devices, str) and devices.isdecimal():
        devices = int(devices)
    if isinstance(devices, list):
        devices = len(devices)
    known = devices if isinstance(devices, int) and devices > 0 else 1
    return known * int(trainer.num_nodes)


def _precision(trainer: Any) -> str:  # noqa: ANN401
    return str(trainer.precision or "32-true")


def _languages(data: BlocksDataModule, samples: int) -> list[tuple[str, str]]:
    """Tokens and epochs of each language, and what is too often repeated."""
    known = "tokens trained on, and how often the text is seen"
    budget = data.settings.tokens_per_language
    if (data.folder / MANIFEST).is_file():
        data.setup()
        block = data.store.block_size
        counts = data.mixture.counts(samples)
        trained = {code: int(n) * block for code, n in zip(data.languages, counts, strict=True)}
        there = {code: data.store.tokens(code) for code in trained}
    elif budget is not None:
        # Languages of equal length have equal shares, at whatever temperature.
        weights = data.mixture_settings.weights or dict.fromkeys(data.settings.languages, 1.0)
        whole = samples * data.settings.block_size / sum(weights.values())
        trained = {code: round(weight * whole) for code, weight in weights.items()}
        there = dict.fromkeys(trained, budget)
        known += f", should each have its {budget:,} tokens (data.prepare.tokens_per_language)"
    else:
        return [("languages", f"{len(data.settings.languages)}, unknown how long until prepared")]
    epochs = {code: n / there[code] for code, n in trained.items()}
    entries = [f"{code:<3} {_short(n):>7} {epochs[code]:>6.2f}x" for code, n in trained.items()]
    lines = ["   ".join(entries[n : n + _COLUMNS]) for n in range(0, len(entries), _COLUMNS)]
    rows = [("languages", known), *(("", line) for line in lines)]
    often = [code for code, times in epochs.items() if times > EPOCHS]
    if often:
        rows.append(
            ("  warning", f"seen more than {EPOCHS} times: {' '.join(often)}; prepare more text or "
             "give them less weight (data.mixture)")
        )  # fmt: skip
    return rows


def _data_disk(data: BlocksDataModule) -> str:
    if (data.folder / MANIFEST).is_file():
        data.setup()
        return _size(sum(entry["bytes"] for entry in data.store.manifest["files"].values()))
    settings = data.settings
    if settings.tokens_per_language is None:
        return "unknown until the data is prepared"
    size = 2 if settings.tokenizer.vocab_size < 2**16 else 4
    whole = len(settings.languages) * settings.tokens_per_language * size
    return f"{_size(whole)} at most, yet to be prepared"


def _memory(values: Any, parameters: int, gpus: int) -> list[tuple[str, str]]:  # noqa: ANN401
    """What one GPU holds, and how it is reckoned."""
    shape: Shape = values.model.shape
    half = _precision(values.trainer).startswith("bf16")
    state = (2 * _FLOAT + _ADAM) * parameters + (2 * parameters if half else 0)
    if values.trainer.strategy == "fsdp":  # embeddings are whole from forward to backward
        state = state // gpus + 2 * _FLOAT * shape.vocab_size * shape.d_model
    wide, inner = (30, 4) if half else (34, 8)
    each = shape.num_layers * (wide * shape.d_model + inner * shape.ffn_dim)
    tokens = values.data.batch_blocks // gpus * values.data.settings.block_size
    activations = tokens * each
    logits = 0
    if values.model.loss == "chunked":  # beside the bf16 logits an fp32 copy, unless compiled
        logits = min(values.model.loss_chunk_mb * 2**20, _FLOAT * tokens * shape.vocab_size)
        logits *= 2 if half and not values.model.compiled else 1
    head = logits + _FLOAT * shape.vocab_size * shape.d_model
    copies = ", bf16 copies 2" if half else ""
    return [
        ("memory a GPU", f"about {_size(state + activations + head)}: weights and optimiser "
         f"{_size(state)}, activations {_size(activations)}, loss {_size(head)}"),
        ("  assumed", f"bytes a parameter: weights 4, gradients 4, AdamW 8{copies}; "
         f"a token and layer: {wide} d_model + {inner} ffn_dim"),
        ("  for less", "halve data.batch_blocks and double trainer.accumulate_grad_batches"),
    ]  # fmt: skip


def _peaks(run: RunSettings, machine: Machine) -> dict[str, float]:
    """What is planned for: the hardware named, what the run's own setting says, or all known."""
    if machine.hardware:
        return {machine.hardware: HARDWARE[machine.hardware]}
    if run.peak_tflops is not None:
        return {"run.peak_tflops": run.peak_tflops * 1e12}
    return dict(sorted(HARDWARE.items()))


def _hours(flops: float, peaks: dict[str, float], gpus_used: float) -> dict[str, float]:
    return {name: flops / (gpus_used * peak) / 3600 for name, peak in peaks.items()}


def _hours_text(hours: dict[str, float], machine: Machine, gpus: int, precision: str) -> str:
    if not precision.startswith("bf16"):
        return f"unknown: the peaks are those of bf16, trainer.precision is {precision}"
    each = ", ".join(f"{name} {number:,.1f}" for name, number in hours.items())
    return f"{each} (x {gpus} GPU{'s' if gpus > 1 else ''}, {machine.mfu:.0%} of the peak assumed)"


def _analyses(
    values: Any,  # noqa: ANN401
    checkpoints: list[int],
    hours: dict[str, float],
    measured: float | None,
) -> str:
    """Which analyses are made how often, and their share of the time where it is known.

    That is from a measurement, or from what the run has already logged.
    """
    if not values.online.enabled:
        return "none while training"
    chosen, last = values.online.schedule or values.checkpoints, values.trainer.max_steps
    times = sum(chosen.includes(step, last) for step in checkpoints)
    text = f"{', '.join(wanted(values.analyses))} at {times} checkpoints: "
    seconds, source = measured, "measured here"
    metrics = Path(values.run.folder) / METRICS
    if seconds is None and metrics.is_file():
        key = "speed/analysis_seconds"
        timed = [record[key] for record in read_metrics(metrics) if key in record]
        seconds = float(np.median(timed)) if timed else None
        source = f"median of {len(timed)} in {metrics}"
    if seconds is None:
        return f"{text}time unknown (--measure makes them once, on prepared data)"
    text += f"{seconds:,.1f} s each ({source})"
    if not _precision(values.trainer).startswith("bf16"):
        return text
    shares = [times * seconds / (times * seconds + n * 3600) for n in hours.values()]
    return f"{text}, {' to '.join(sorted({f'{share:.1%}' for share in shares}))} of the time"


def _size(number: float) -> str:
    return f"{number / 1e9:,.2f} GB" if number >= 1e8 else f"{number / 1e6:,.2f} MB"


def _short(tokens: int) -> str:
    for unit, size in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if tokens >= size:
            return f"{tokens / size:.2f}{unit}"
    return str(tokens)
