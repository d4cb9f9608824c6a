"""Prepared data on disk: token blocks per language, memory-mapped, and the manifest about them.

    <folder>/manifest.json       written last: what is here, made from what, SHA-256 of all files
    <folder>/tokenizer/          the tokenizer, a Hugging Face folder
    <folder>/train/<lang>.bin    token ids (uint16 or uint32, little endian), `block_size` per block
    <folder>/heldout.parquet     held-out documents (`analysis.text.heldout`)

Shape letters: T tokens of a block.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import UserError
from analysis.files import sha256
from analysis.layout import HELD_OUT
from analysis.text.heldout import read_held_out

FORMAT = 1
"""Version of the layout; data of another version is prepared anew."""

MANIFEST = "manifest.json"

_KEYS = {"languages", "block_size", "dtype", "vocabulary", "fingerprint", "counts", "files"}
"""What is read of a manifest, beside its format and what the data was made from."""
TOKENIZER = "tokenizer"


class PreparedData:
    """A folder of prepared data, opened for reading.

    Pickles as its path, so that sending it to a process copies no tokens.

    Raises:
        UserError: The folder is not there or unfinished, is of another format, or lacks a file, or
            a file has another size than the manifest says.

    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self.manifest = read_manifest(self.folder)
        self._check_sizes()
        self._blocks: dict[str, npt.NDArray[np.integer]] = {}

    def __reduce__(self) -> tuple[type["PreparedData"], tuple[Path]]:
        return PreparedData, (self.folder,)

    @property
    def languages(self) -> list[str]:
        """Codes in the order in which the data was prepared; a language's number is its place."""
        return list(self.manifest["languages"])

    @property
    def block_size(self) -> int:
        """Tokens per block."""
        return int(self.manifest["block_size"])

    @property
    def vocabulary(self) -> int:
        """The highest id that the tokenizer can give, plus one."""
        return int(self.manifest["vocabulary"])

    @property
    def fingerprint(self) -> str:
        """Digest of the tokens, the tokenizer and the block size: equal for equal training data."""
        return str(self.manifest["fingerprint"])

    @property
    def tokenizer_folder(self) -> Path:
        """The tokenizer, a Hugging Face folder."""
        return self.folder / TOKENIZER

    @property
    def held_out_path(self) -> Path:
        """The held-out documents, a Parquet file."""
        return self.folder / HELD_OUT

    def held_out(self) -> pd.DataFrame:
        """The held-out documents, columns `analysis.text.heldout.COLUMNS`."""
        return read_held_out(self.held_out_path)

    def blocks(self, language: str) -> int:
        """Number of training blocks of a language."""
        return int(self.manifest["counts"][language]["train"]["blocks"])

    def tokens(self, language: str) -> int:
        """Number of training tokens of a language, in whole blocks."""
        return self.blocks(language) * self.block_size

    def block(self, language: str, index: int) -> npt.NDArray[np.int64]:
        """Token ids (T,) of one block."""
        if language not in self._blocks:
            self._blocks[language] = np.memmap(
                token_file(self.folder, language),
                dtype=np.dtype(self.manifest["dtype"]).newbyteorder("<"),
                mode="r",
                shape=(self.blocks(language), self.block_size),
            )
        block: npt.NDArray[np.int64] = self._blocks[language][index].astype(np.int64)
        return block

    def verify(self, *, tokens: bool = True) -> None:
        """Read every file and compare its SHA-256; `UserError` names the first that differs.

        The files of `tokens`, which are large, may be left out.
        """
        of_tokens = {str(token_file(Path(), language)) for language in self.languages}
        for name, entry in self.manifest["files"].items():
            if not tokens and name in of_tokens:
                continue
            if sha256(self.folder / name) != entry["sha256"]:
                raise _damaged(self.folder / name, "its content has changed")

    def _check_sizes(self) -> None:
        for name, entry in self.manifest["files"].items():
            path = self.folder / name
            if not path.is_file():
                raise _damaged(path, "the file is missing")
            if path.stat().st_size != entry["bytes"]:
                raise _damaged(
                    path, f"{path.stat().st_size} bytes, {entry['bytes']} when it was written"
                )


def token_file(data: Path, language: str) -> Path:
    """Where a folder of prepared data keeps the tokens of a language."""
    return data / "train" / f"{language}.bin"


def read_manifest(folder: Path, *, any_format: bool = False) -> dict[str, Any]:
    """The manifest of a folder of prepared data.

    Raises `UserError` when there is none, when it is damaged, or, unless `any_format`, of another
    format than this version's.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError("no prepared data here", where=folder, fix="prepare it first") from error
    except ValueError as error:
        raise _damaged(path, "not JSON") from error
    if not isinstance(manifest, dict) or not {"format", "made_from"} <= manifest.keys():
        raise UserError("not a manifest of prepared data", where=path)
    if manifest["format"] == FORMAT and not manifest.keys() >= _KEYS:
        raise _damaged(path, f"no '{min(_KEYS - manifest.keys())}'")
    if manifest["format"] != FORMAT and not any_format:
        raise UserError(
            f"prepared data of format {manifest['format']}, this version reads {FORMAT}",
            where=folder,
            fix="prepare it again",
        )
    return manifest


def data_fingerprint(
    *, tokenizer: str, block_size: int, dtype: str, tokens: Mapping[str, str]
) -> str:
    """Digest of training data: tokenizer's fingerprint, block form, language -> SHA-256 of tokens.

    The order of the languages counts: it numbers them.
    """
    parts = [tokenizer, str(block_size), dtype]
    parts += [f"{language}={digest}" for language, digest in tokens.items()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _damaged(path: Path, how: str) -> UserError:
    return UserError(
        f"the prepared data is damaged: {how}",
        where=path,
        fix="delete the data folder; the next start prepares it again",
    )
