"""Preparing text, and reading the batches of a step from 16 memory-mapped stores."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from torch.utils.data import DataLoader

from analysis.languages import LANGUAGES
from analysis.seeds import stream
from analysis.text.demo.corpus import DemoSource
from tests.benchmarks.measure import compare
from tokenizer.train import train_tokenizer
from train.data.datamodule import Blocks
from train.data.disk import token_type
from train.data.encode import EncoderPool
from train.data.mixture import Mixture
from train.data.pack import pack_language
from train.data.settings import DataSettings
from train.data.store import FORMAT, MANIFEST, PreparedData

BLOCK, BLOCKS, BATCH, STEP = 2048, 2_000, 16, 64
"""Tokens of a block, blocks of a language, blocks of a batch and of an optimiser step."""

PREPARED, STORIES, VOCABULARY = ("en", "ta", "zh"), 4_000, 2_000
"""What is prepared: languages, stories of the demo corpus, and the tokenizer's vocabulary."""

STEPS = 40
GOAL_TOKENS_PER_SECOND = 215_000
"""What 40 % of an H200's peak makes of the 257M model, by its operations per token."""


def rows() -> list[tuple[str, str, str, str]]:
    """What was measured, ours, theirs (of reading: a step's time on an H200), ratio."""
    with tempfile.TemporaryDirectory() as name:
        seconds = _seconds_per_step(_stores(Path(name)))
    step = BLOCK * STEP / GOAL_TOKENS_PER_SECOND
    return [
        (
            f"reading a step of {BLOCK * STEP:,} tokens from 16 stores, one process",
            f"{seconds * 1e3:.1f} ms",
            f"{step * 1e3:.0f} ms, a step at {GOAL_TOKENS_PER_SECOND:,} tokens/s",
            f"{seconds / step:.1%} of it",
        ),
        _preparing(),
    ]


@dataclass(frozen=True)
class _Kept:
    """Documents in memory, so that writing the demo corpus is not timed."""

    texts: dict[str, list[str]]

    def documents(self, language: str) -> Iterator[str]:
        return iter(self.texts[language])

    def fingerprint(self, language: str) -> str:
        return language


def _preparing() -> tuple[str, str, str, str]:
    """Text to blocks on the disk in one process, against transformers' call for each document."""
    source = _Kept({code: list(DemoSource(STORIES).documents(code)) for code in PREPARED})
    documents = [text for texts in source.texts.values() for text in texts]
    tokenizer = train_tokenizer(documents, VOCABULARY, progress=False)
    settings = DataSettings(languages=list(PREPARED), workers=1, heldout_share=1e-3)

    def ours() -> int:
        with tempfile.TemporaryDirectory() as name, EncoderPool(tokenizer, 1) as encoder:
            packed = [
                pack_language(
                    language,
                    Path(name) / f"{language}.bin",
                    Path(name) / f"{language}.json",
                    source=source,
                    settings=settings,
                    encoder=encoder,
                    dtype=token_type(VOCABULARY),
                    progress=lambda _: None,
                )
                for language in PREPARED
            ]
        return sum(one.counts["train"]["tokens"] for one in packed)

    def theirs() -> None:
        for text in documents:
            tokenizer(text, add_special_tokens=False)

    one, other = compare(ours, theirs, turns=3)
    tokens = ours()
    return (
        f"preparing {tokens:,} tokens, from text to blocks on the disk, one process, against "
        "transformers' tokenizer called for each document",
        f"{tokens / one:,.0f} tokens/s",
        f"{tokens / other:,.0f} tokens/s",
        f"{other / one:.2f}x",
    )


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
