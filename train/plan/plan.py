"""`python -m train plan`: what a run will do, told before it starts. Nothing is written.

All figures follow from the configuration, from the prepared data should it be there, and from what
the run folder has recorded already. Those of disk, memory and hours are estimates; the plan says
from what.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from analysis.errors import UserError
from analysis.metrics import METRICS
from callbacks.throughput import training_flops_per_token
from train.data.datamodule import BlocksDataModule
from train.data.disk import size_text
from train.plan.disk import ADAM, FLOAT, data_shares, room, run_shares
from train.plan.machine import HARDWARE, MEMORY, Machine, processes
from train.plan.measure import Measured
from train.plan.times import (
    Watched,
    read_record,
    seconds_by_record,
    seconds_shared,
    span,
    times_text,
    watched_by_run,
)
from train.run import RunSettings, check_batch, less_memory
from train.settings import Shape
from train.strategies import check_strategy

EPOCHS = 4
"""Repeating text more often than this is warned of: from there on it teaches less and less
(Muennighoff et al. 2023, "Scaling Data-Constrained Language Models")."""

_NO_ROOM = (
    "the disk will not suffice: free some, name other folders (run.folder, data.folder), or write "
    "fewer checkpoints (checkpoints.every)"
)

_COLUMNS = 4
"""Languages on a line."""


def plan(values: Any, machine: Machine, measured: Measured | None = None) -> str:  # noqa: ANN401 (jsonargparse's)
    """The plan of a run as a table; `values` are its configuration with the classes built.

    `measured` is how long a checkpoint's analyses take, where that has been tried.

    Raises `UserError` for a run without an end, devices that cannot be, a batch that cannot be
    shared among the processes, and prepared data that is damaged.
    """
    trainer, data, shape = values.trainer, values.data, values.model.shape
    if trainer.max_steps < 1:
        raise UserError("the run has no end", where="trainer.max_steps", fix="set it")
    shared = processes(trainer, machine.gpus)
    check_batch(data.batch_blocks, shared.number)
    check_strategy(trainer.strategy, shared.number)
    parameters = sum(weight.numel() for weight in values.model.network.parameters())
    blocks = data.batch_blocks * trainer.accumulate_grad_batches
    block = data.settings.block_size
    tokens = blocks * block * trainer.max_steps
    watched = watched_by_run(values)
    flops = tokens * training_flops_per_token(shape.config(), block)
    hours = _hours(flops, _peaks(values.run, machine), machine.mfu * shared.number)
    each = f"{blocks * block:,} tokens ({blocks} blocks of {block:,})"
    rows = [
        ("parameters", f"{parameters:,}"),
        ("steps", f"{trainer.max_steps:,} of {each}"),
        ("tokens", f"{tokens:,}"),
        ("processes", f"{shared.number} ({shared.source})"),
        *_languages(data, blocks * trainer.max_steps),
        *_disk(values, parameters, watched),
        *_memory(values, parameters, shared.number, machine.hardware),
        ("compute", f"{flops:.3e} FLOP, forward and backward, causal attention and head counted"),
        ("hours", _hours_text(hours, machine, shared.number, _precision(trainer))),
        *_analyses(values, watched, tokens, hours, measured, shared.number),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {text}" for name, text in rows)


def _precision(trainer: Any) -> str:  # noqa: ANN401
    return str(trainer.precision or "32-true")


def _languages(data: BlocksDataModule, samples: int) -> list[tuple[str, str]]:
    """Tokens and epochs of each language, and what is too often repeated."""
    known = "tokens trained on, and how often the text is seen"
    budget, block = data.settings.tokens_per_language, data.settings.block_size
    if data.is_prepared():
        data.setup()
        mixture = data.mixture
    elif budget is not None:
        mixture = data.mixed(dict.fromkeys(data.settings.languages, max(1, budget // block)))
        known += f", should each have its {budget:,} tokens (data.prepare.tokens_per_language)"
    else:
        return [("languages", f"{len(data.settings.languages)}, unknown how long until prepared")]
    counts = dict(zip(mixture.languages, mixture.counts(samples).tolist(), strict=True))
    epochs = {code: n / mixture.blocks[code] for code, n in counts.items()}
    entries = [
        f"{code:<3} {_short(n * block):>7} {epochs[code]:>6.2f}x" for code, n in counts.items()
    ]
    lines = ["   ".join(entries[n : n + _COLUMNS]) for n in range(0, len(entries), _COLUMNS)]
    rows = [("languages", known), *(("", line) for line in lines)]
    often = [code for code, times in epochs.items() if times > EPOCHS]
    if often:
        rows.append(
            ("  warning", f"seen more than {EPOCHS} times: {' '.join(often)}; prepare more text or "
             "give them less weight (data.mixture)")
        )  # fmt: skip
    return rows


def _disk(values: Any, parameters: int, watched: Watched) -> list[tuple[str, str]]:  # noqa: ANN401
    """What the run and its data take, by kind, and whether there is room."""
    in_run, (in_data, known) = run_shares(values, parameters, watched), data_shares(values.data)
    rows = [(one.name, f"{one.text}: {size_text(one.bytes)}") for one in (*in_run, *in_data)]
    if not known:
        rows.append(("data on disk", "tokens unknown until prepared, and not counted below"))
    folder = Path(values.run.folder)
    if folder.is_file():
        raise UserError("a file is in the place of the run", where=folder, fix="name another one")
    needs = {
        folder: sum(one.bytes for one in in_run),
        values.data.folder: sum(one.bytes for one in in_data),
    }
    for text, enough in room(needs):
        rows.append(("disk", text))
        if not enough:
            rows.append(("  warning", _NO_ROOM))
    return rows


def _memory(
    values: Any,  # noqa: ANN401
    parameters: int,
    gpus: int,
    hardware: str | None,
) -> list[tuple[str, str]]:
    """What one GPU holds, how it is reckoned, and whether the `hardware` has as much."""
    shape: Shape = values.model.shape
    half = _precision(values.trainer).startswith("bf16")
    state = (2 * FLOAT + ADAM) * parameters + (2 * parameters if half else 0)
    if values.trainer.strategy == "fsdp":  # embeddings are whole from forward to backward
        state = state // gpus + 2 * FLOAT * shape.vocab_size * shape.d_model
    wide, inner = (30, 4) if half else (34, 8)
    each = shape.num_layers * (wide * shape.d_model + inner * shape.ffn_dim)
    tokens = values.data.batch_blocks // gpus * values.data.settings.block_size
    activations = tokens * each
    logits = 0
    if values.model.loss == "chunked":  # beside the bf16 logits an fp32 copy, unless compiled
        logits = min(values.model.loss_chunk_mb * 2**20, FLOAT * tokens * shape.vocab_size)
        logits *= 2 if half and not values.model.compiled else 1
    head = logits + FLOAT * shape.vocab_size * shape.d_model
    whole = state + activations + head
    copies = ", bf16 copies 2" if half else ""
    rows = [
        ("memory each", f"about {size_text(whole)}: weights and optimiser "
         f"{size_text(state)}, activations {size_text(activations)}, loss {size_text(head)}"),
        ("  assumed", f"bytes a parameter: weights 4, gradients 4, AdamW 8{copies}; "
         f"a token and layer: {wide} d_model + {inner} ffn_dim"),
        ("  for less", less_memory(values.data.batch_blocks, gpus)),
    ]  # fmt: skip
    if hardware and whole > MEMORY[hardware]:
        rows.append(("  warning", f"{hardware} has {size_text(MEMORY[hardware])}"))
    return rows


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
    watched: Watched,
    tokens: int,
    hours: dict[str, float],
    measured: Measured | None,
    gpus: int,
) -> list[tuple[str, str]]:
    """Which analyses are made how often, and their share of the time where it is known.

    That is from a measurement, or from what the run has already logged.
    """
    if not watched:
        return [("analyses", "none while training")]
    rows = [("analyses", times_text(watched))]
    metrics = Path(values.run.folder) / METRICS
    records = read_record(metrics)
    if measured is not None:
        each = ", ".join(
            f"{name} {span(seconds)} ({measured.parts[name]})"
            for name, seconds in measured.seconds.items()
        )
        rows.append(("  a step", f"{each}; measured on {measured.gpu or 'a CPU'}"))
        whole = seconds_shared(measured.seconds, measured.shares, watched, gpus)
        trained = {}
        if measured.gpu and _precision(values.trainer).startswith("bf16"):
            own = measured.gpu.lower()
            same = {name: n for name, n in hours.items() if name.replace("-", " ") in own}
            trained = same or hours
    else:
        logged = seconds_by_record(records, watched, watched)
        if logged is None:
            unknown = "time unknown; --measure makes a part of them, on prepared data"
            return [*rows, ("  in all", unknown)]
        whole, trained = logged, _own_hours(records, tokens)
    shares = sorted({f"{whole / (whole + n * 3600):.1%}" for n in trained.values()})
    text = span(whole)
    if measured is None:
        text += f", by what {metrics} says of them"
    elif gpus > 1:
        text += f", shared among {gpus} processes by name"
    if shares:
        text += f": {' to '.join(shares)} of the time"
    elif measured is not None:
        text += "; their share of the time is told where the GPU that trains measures them"
    return [*rows, ("  in all", text)]


def _own_hours(records: Sequence[Mapping[str, Any]], tokens: int) -> dict[str, float]:
    """Hours of training at the speed that the run has logged, if it has."""
    key = "speed/tokens_per_second"
    speeds = [record[key] for record in records if key in record]
    return {"logged": tokens / median(speeds) / 3600} if speeds else {}


def _short(tokens: int) -> str:
    for unit, size in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if tokens >= size:
            return f"{tokens / size:.2f}{unit}"
    return str(tokens)
