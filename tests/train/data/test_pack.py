"""One language: going on from a mark, and how much memory it takes."""

import json
import tracemalloc
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

import train.data.pack
from analysis.text.sources import open_source
from tests.train.data.conftest import Settings
from train.data.encode import Encoded, EncoderPool
from train.data.pack import Packed, pack_language


class StopError(Exception):
    """Stands for a kill."""


class Failing(EncoderPool):
    """Stops after some batches."""

    batches: int | None = None

    def encode_all(self, batches: Iterable[list[str]]) -> Generator[Encoded, None, None]:
        for number, encoded in enumerate(super().encode_all(batches)):
            if number == self.batches:
                raise StopError
            yield encoded


@pytest.fixture
def encoder(bytes_tokenizer: Path) -> Failing:
    return Failing(AutoTokenizer.from_pretrained(bytes_tokenizer), 0)


@pytest.mark.parametrize("budget", [None, 9_600])
@pytest.mark.parametrize("batches", [2, 7])
def test_stopped_again_and_again(
    settings: Settings,
    encoder: Failing,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    budget: int | None,
    batches: int,
) -> None:
    monkeypatch.setattr(train.data.pack, "_BATCH", 400)
    wanted = settings(tokens_per_language=budget, heldout_share=0.3, heldout_documents=25)
    source = open_source(wanted.source, wanted.languages)

    def pack(name: str) -> Packed:
        return pack_language(
            "sw", tmp_path / f"{name}.bin", tmp_path / f"{name}.json", source=source,
            settings=wanted, encoder=encoder, dtype="uint16", progress=lambda _: None,
        )  # fmt: skip

    whole = pack("whole")
    assert not (tmp_path / "whole.json").exists()
    monkeypatch.setattr(train.data.pack, "MARK", 1)
    encoder.batches = batches
    stops = 0
    while True:
        try:
            stopped = pack("stopped")
            break
        except StopError:
            stops += 1
            assert stops < 300
            with (tmp_path / "stopped.bin").open("ab") as file:
                file.write(b"not counted by the mark")
    assert stops >= 3
    assert stopped == whole
    assert (tmp_path / "stopped.bin").read_bytes() == (tmp_path / "whole.bin").read_bytes()


def test_a_mark_that_is_damaged_or_counts_more_than_is_there_is_not_used(
    settings: Settings, encoder: Failing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train.data.pack, "_BATCH", 400)
    monkeypatch.setattr(train.data.pack, "MARK", 500)
    wanted = settings()
    path, mark = tmp_path / "en.bin", tmp_path / "en.json"
    more: dict[str, Any] = {"settings": wanted, "encoder": encoder, "dtype": "uint16"}
    more |= {"source": open_source(wanted.source, ["en"]), "progress": lambda _: None}
    whole = pack_language("en", path, mark, **more)
    content = path.read_bytes()
    assert json.loads(mark.read_text())["blocks"] > 10
    for damage in (
        lambda: path.write_bytes(content[:1280]),
        path.unlink,
        lambda: mark.write_text("{"),
        lambda: mark.write_text('{"red": 3}'),
    ):
        damage()
        assert pack_language("en", path, mark, **more) == whole
        assert path.read_bytes() == content


class Endless:
    """So many documents of 2,000 characters, made as they are asked for."""

    def __init__(self, documents: int) -> None:
        self.number = documents

    def documents(self, language: str) -> Iterator[str]:
        for number in range(self.number):
            yield f"{language} {number:06d} " * 200

    def fingerprint(self, language: str) -> str:
        return language


def test_memory_does_not_grow_with_the_text(
    settings: Settings, encoder: Failing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train.data.pack, "_BATCH", 20_000)
    monkeypatch.setattr(train.data.pack, "MARK", 100_000)
    peaks = []
    for documents in (100, 800):
        tracemalloc.start()
        pack_language(
            "en", tmp_path / f"{documents}.bin", tmp_path / f"{documents}.json",
            source=Endless(documents), settings=settings(), encoder=encoder, dtype="uint16",
            progress=lambda _: None,
        )  # fmt: skip
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (tmp_path / "800.bin").stat().st_size > 7 * (tmp_path / "100.bin").stat().st_size
    assert peaks[1] < 1.2 * peaks[0], peaks
    assert peaks[1] < (tmp_path / "800.bin").stat().st_size
