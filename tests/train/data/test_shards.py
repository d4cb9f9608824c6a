"""Preparing in shards makes what one process makes."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis.errors import UserError, run_command
from tests.train.conftest import CONFIG
from tests.train.data.conftest import Settings
from tests.train.data.test_prepare import contents
from train.cli import main
from train.data.prepare import prepare, prepare_shard
from train.data.settings import TokenizerSettings
from train.data.shards import Shard

BOTH = (Shard(1, 2), Shard(2, 2))
OF_TWO = "data.shard-1-of-2", "data.shard-2-of-2"


def test_two_machines_make_the_same_store(settings: Settings, tmp_path: Path) -> None:
    wanted = settings(tokenizer=TokenizerSettings(vocab_size=400, characters=10**9))
    alone = prepare(wanted, tmp_path / "alone" / "data", seed=3)
    here, there = tmp_path / "here" / "data", tmp_path / "there" / "data"
    first = prepare_shard(wanted, here, BOTH[0], seed=3)
    assert {path.name for path in first.rglob("*.bin")} == {"en.bin", "zh.bin"}
    second = prepare_shard(wanted, there, BOTH[1], seed=3)
    assert {path.name for path in second.rglob("*.bin")} == {"sw.bin"}
    shutil.copytree(second, here.parent / second.name)
    data = prepare(wanted, here, seed=3)
    assert contents(data.folder) == contents(alone.folder)
    data.verify()
    assert [path.name for path in here.parent.iterdir()] == ["data"]


def test_the_command_line(tmp_path: Path, prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for shard in ("2/3", "1/3", "1/3", "3/3"):
        assert run_command(main, ["prepare", "--config", str(CONFIG), "--shard", shard]) == 0
        assert not Path("data").exists()
    assert run_command(main, ["prepare", "--config", str(CONFIG)]) == 0
    for path, content in contents(prepared).items():
        assert (Path("data") / path).read_bytes() == content, path


def test_nothing_is_put_together_while_a_shard_is_missing(
    settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    prepare_shard(settings(), folder, Shard(2, 3), seed=0)
    missing = r"not prepared yet: shard 1/3 \(en\), 3/3 \(zh\); prepare with --shard 1/3"
    with pytest.raises(UserError, match=missing):
        prepare(settings(), folder, seed=0)
    assert not folder.exists()
    prepare_shard(settings(), folder, Shard(1, 3), seed=0)
    (tmp_path / "data.shard-3-of-3.unfinished").mkdir()  # under way, or killed
    with pytest.raises(UserError, match=r"not prepared yet: shard 3/3 \(zh\)"):
        prepare(settings(), folder, seed=0)
    prepare_shard(settings(), folder, Shard(1, 2), seed=0)
    with pytest.raises(UserError, match="shards of 2 and of 3 lie beside one another"):
        prepare(settings(), folder, seed=0)


@pytest.fixture
def shards(settings: Settings, tmp_path: Path) -> Path:
    """Both shards, and no data yet; gives the data folder to be."""
    for shard in BOTH:
        prepare_shard(settings(), tmp_path / "data", shard, seed=0)
    return tmp_path / "data"


def test_shards_of_other_settings_are_refused(settings: Settings, shards: Path) -> None:
    other = settings(block_size=32)
    with pytest.raises(UserError, match=r"shard-1-of-2: was prepared with other block_size"):
        prepare(other, shards, seed=0)
    with pytest.raises(UserError, match=r"shard-2-of-2: holds a shard of other block_size"):
        prepare_shard(other, shards, BOTH[1], seed=0)
    fresh = prepare(settings(), shards.with_name("fresh"), seed=0)
    assert contents(prepare(settings(), shards, seed=0).folder) == contents(fresh.folder)


def _flip(place: Path) -> None:
    path = place / "data" / "train" / "sw.bin"
    content = bytearray(path.read_bytes())
    content[10] ^= 1
    path.write_bytes(content)


def _other_tokenizer(place: Path) -> None:
    note = place / "languages" / "sw.json"
    note.write_text(json.dumps({**json.loads(note.read_text()), "tokenizer": "other"}))


def cut_off(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_flip, r"sw\.bin: the file is missing or was damaged on its way; copy it again"),
        (lambda place: (place / "data/train/sw.bin").unlink(), "missing or was damaged"),
        (lambda place: (place / "languages/sw.json").unlink(), r"shard-2-of-2: lacks 'sw'"),
        (_other_tokenizer, "shard-2-of-2: was made with another tokenizer"),
        (lambda place: (place / "made_from.json").unlink(), "for is missing or damaged; copy the"),
        (lambda place: cut_off(place / "made_from.json"), "for is missing or damaged; copy the"),
        (lambda place: cut_off(place / "languages/sw.json"), r"sw\.json: the note .* is damaged"),
        (lambda place: (place / "languages/sw.json").write_text("{}"), "note .* is damaged"),
    ],
)
def test_a_shard_that_came_damaged(
    settings: Settings, shards: Path, harm: Callable[[Path], Any], words: str
) -> None:
    place = shards.with_name(OF_TWO[1])
    whole = place.with_name("copy")
    shutil.copytree(place, whole)
    harm(place)
    with pytest.raises(UserError, match=words):
        prepare(settings(), shards, seed=0)
    assert not shards.exists()
    shutil.rmtree(place)
    whole.rename(place)
    fresh = prepare(settings(), shards.with_name("fresh"), seed=0)
    assert contents(prepare(settings(), shards, seed=0).folder) == contents(fresh.folder)


def test_tokenizers_that_came_damaged_or_not_at_all(settings: Settings, shards: Path) -> None:
    first, second = (shards.with_name(name) for name in OF_TWO)
    place = "data/tokenizer"
    whole = first / "copy"
    shutil.copytree(first / place, whole)
    cut_off(first / place / "tokenizer.json")
    with pytest.raises(UserError, match=r"shard-1-of-2/data/tokenizer: the tokenizer cannot be"):
        prepare(settings(), shards, seed=0)
    for folder in (first, second):
        shutil.rmtree(folder / place)
    with pytest.raises(UserError, match=r"no shard has a tokenizer; copy the shards again"):
        prepare(settings(), shards, seed=0)
    whole.rename(second / place)
    fresh = prepare(settings(), shards.with_name("fresh"), seed=0)
    assert contents(prepare(settings(), shards, seed=0).folder) == contents(fresh.folder)


def test_putting_together_goes_on_after_a_kill(
    settings: Settings, shards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each start does one change of the disk more than the one before, until all are done."""
    fresh = prepare(settings(), shards.with_name("fresh"), seed=0)
    real = {name: getattr(Path, name) for name in ("replace", "rename", "unlink", "rmdir")}
    left, kills = 0, 0

    def failing(name: str) -> Callable[..., Any]:
        def act(path: Path, *words: Any, **options: Any) -> Any:
            nonlocal left
            if left == 0:
                raise KeyboardInterrupt
            left -= 1
            return real[name](path, *words, **options)

        return act

    while not shards.exists():
        with monkeypatch.context() as patch:
            for name in real:
                patch.setattr(Path, name, failing(name))
            left = kills
            try:
                prepare(settings(), shards, seed=0)
            except KeyboardInterrupt:
                kills += 1
        assert kills < 40
    assert kills >= 5
    assert contents(shards) == contents(fresh.folder)


@pytest.mark.parametrize("text", ["3", "0/2", "3/2", "a/b", "1/2/3", "-1/2"])
def test_what_is_no_shard(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command(main, ["prepare", "--config", str(CONFIG), f"--shard={text}"]) == 2
    assert f"error: --shard: '{text}' is no shard" in capsys.readouterr().err


def test_more_shards_than_languages(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"--shard: 3 languages make no 4 shards"):
        prepare_shard(settings(), tmp_path / "data", Shard(1, 4), seed=0)
    assert not list(tmp_path.iterdir())
