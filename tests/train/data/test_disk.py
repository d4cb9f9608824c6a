"""How much the tokens will take, and what is said of the room there is."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from analysis.errors import UserError
from analysis.text.sources import open_source
from tests.train.data.conftest import Settings
from train.data.disk import check_space, most_bytes
from train.data.prepare import prepare

Usage = namedtuple("Usage", "total used free")


def test_a_budget_bounds_the_tokens_and_small_files_bound_them_more(
    settings: Settings, corpus: Path
) -> None:
    wanted = settings(tokens_per_language=2_000_000)
    assert most_bytes(wanted, 65_535) == dict.fromkeys(["en", "sw", "zh"], 4_000_000)
    assert most_bytes(wanted, 65_536) == dict.fromkeys(["en", "sw", "zh"], 8_000_000)
    small = 16 * (corpus / "zh.txt").stat().st_size
    assert small < 2_000_000 < 16 * (corpus / "en.txt").stat().st_size
    source = open_source(wanted.source, wanted.languages)
    most = most_bytes(wanted, 256_008, source)
    assert most is not None
    assert (most["en"], most["zh"]) == (8_000_000, 4 * small)
    assert most_bytes(settings(), 256_008, source) is None


def test_too_little_space_is_told_before_the_work(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: list[Path] = []

    def usage(path: Path) -> Usage:
        asked.append(path)
        return Usage(10**9, 10**9 - 70_000, 70_000)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    folder = tmp_path / "new" / "data"
    wanted = settings(tokens_per_language=12_800, languages=["en", "sw", "zh"])
    with pytest.raises(
        UserError, match=r"may take 0\.08 MB, of which 0\.00 MB are there, and 0\.07"
    ):
        prepare(wanted, folder, seed=0)
    assert asked == [tmp_path / "new"]
    assert not list((tmp_path / "new").rglob("*.bin"))
    assert not list((tmp_path / "new").rglob("tokenizer"))
    prepare(settings(tokens_per_language=11_648), folder, seed=0)  # 69,888 bytes
    said = capsys.readouterr().err
    assert "data: tokens take 0.07 MB at most; 0.07 MB free on the disk" in said


def test_what_is_written_already_needs_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, 400_000_000))
    written = tmp_path / "en.bin"
    written.write_bytes(b"x" * 2000)
    most = {"en": 400_001_500}
    with pytest.raises(UserError, match=r"may take 0\.40 GB, of which 0\.00 MB are there"):
        check_space(most, [tmp_path / "none.bin"], tmp_path)
    assert "there already; 0.40 GB free" in check_space(most, [written], tmp_path)
    assert "sets no budget" in check_space(None, [written], tmp_path)
