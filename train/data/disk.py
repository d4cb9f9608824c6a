"""What prepared data takes on the disk, reckoned before it is there."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analysis.errors import UserError
from analysis.text.sources import MeasuredSource, Source
from train.data.settings import DataSettings

_MOST = 16
"""Tokens that a byte of a file holds at most: one a byte of text, which packs 16 times at best."""


def token_type(vocabulary: int) -> str:
    """How the ids of a vocabulary are stored: the name of a NumPy type."""
    return "uint16" if vocabulary < 2**16 else "uint32"


def most_bytes(
    settings: DataSettings, vocabulary: int, source: Source | None = None
) -> dict[str, int] | None:
    """Bytes that the tokens of each language take at most; None without a budget.

    Where the source can be measured, a language takes no more than its files can hold.
    """
    budget = settings.tokens_per_language
    if budget is None:
        return None
    tokens = dict.fromkeys(settings.languages, budget)
    if isinstance(source, MeasuredSource):
        tokens = {code: min(budget, _MOST * source.size(code)) for code in tokens}
    size = np.dtype(token_type(vocabulary)).itemsize
    return {code: number * size for code, number in tokens.items()}


def check_space(most: dict[str, int] | None, written: Sequence[Path], folder: Path) -> str:
    """What will be written to the disk of `folder` and what is free there, for the user to read.

    `most` is that of `most_bytes`, `written` the files that are there already. Raises `UserError`
    when there is too little space.
    """
    free = shutil.disk_usage(nearest(folder)).free
    if most is None:
        return (
            f"{size_text(free)} free on the disk; how much the tokens take is unknown "
            "(data.prepare.tokens_per_language sets no budget)"
        )
    there = sum(path.stat().st_size for path in written if path.is_file())
    whole = sum(most.values())
    if whole - there > free:
        raise UserError(
            f"the tokens may take {size_text(whole)}, of which {size_text(there)} are there, and "
            f"{size_text(free)} are free",
            where=folder,
            fix="free some, name another data.folder, or lower data.prepare.tokens_per_language",
        )
    there_text = f", {size_text(there)} there already" if there else ""
    return f"tokens take {size_text(whole)} at most{there_text}; {size_text(free)} free on the disk"


def nearest(folder: Path) -> Path:
    """The folder, or as long as it is not there the nearest one above it that is."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def size_text(number: float) -> str:
    """Bytes for people to read."""
    return f"{number / 1e9:,.2f} GB" if number >= 1e8 else f"{number / 1e6:,.2f} MB"
