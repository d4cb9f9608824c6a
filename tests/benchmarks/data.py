"""Reading the batches of a step of 131,072 tokens from 16 memory-mapped stores."""

import json
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from torch.utils.data import DataLoader

from analysis.languages import LANGUAGES
from analysis.seeds import stream
from train.data.datamodule import Blocks
from train.data.mixture import Mixture
from train.data.store import FORMAT, MANIFEST, PreparedData

BLOCK, BLOCKS, BATCH, STEP = 2048, 2_000, 16, 64
"""Tokens of a block, blocks of a language, blocks of a batch and of an optimiser step."""

STEPS = 40
GOAL_TOKENS_PER_SECOND = 215_000
"""What 40 % of an H200's peak makes of the 257M model, by its operations per token."""


def rows() -> list[tuple[str, str, str, str]]:
    """What was measured, ours, theirs (a step's time on an H200), ratio."""
    with tempfile.TemporaryDirectory() as name:
        seconds = _seconds_per_step(_stores(Path(name)))
    step = BLOCK * STEP / GOAL_TOKENS_PER_SECOND
    return [
        (
            f"reading a step of {BLOCK * STEP:,} tokens from 16 stores, one process",
            f"{seconds * 1e3:.1f} ms",
            f"{step * 1e3:.0f} ms, a step at {GOAL_TOKENS_PER_SECOND:,} tokens/s",
            f"{seconds / step:.1%} of it",
        )
    ]


def _stores(folder: Path) -> PreparedData:
    """Random tokens in the form that `prepare` writes."""
    random = stream(0, "bench/data")
    (folder / "train").mkdir()
    for language in LANGUAGES:
        tokens = random.integers(0, 256_008, (BLOCKS, BLOCK), dtype=np.uint32)
        tokens.tofile(folder / "train" / f"{language}.bin")
    manifest = {
        "format": FORMAT,
        "made_from": {},
        "files": {},
        "languages": list(LANGUAGES),
        "block_size": BLOCK,
        "dtype": "uint32",
        "counts": {language: {"train": {"blocks": BLOCKS}} for language in LANGUAGES},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return PreparedData(folder)


def _seconds_per_step(store: PreparedData) -> float:
    mixture = Mixture(
        0, dict.fromkeys(store.languages, 1.0), dict.fromkeys(store.languages, BLOCKS)
    )
    batches = iter(DataLoader(Blocks(store, mixture, STEP * (STEPS + 1)), batch_size=BATCH))
    times = []
    for _ in range(STEPS + 1):
        start = perf_counter()
        for _ in range(STEP // BATCH):
            next(batches)
        times.append(perf_counter() - start)
    return median(times[1:])
