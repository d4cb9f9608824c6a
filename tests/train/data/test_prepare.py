import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from transformers import AutoTokenizer

from analysis.errors import UserError
from analysis.text.heldout import HeldOutRule
from analysis.text.sources import SourceSettings
from tests.train.data.conftest import Settings, save_bytes_tokenizer
from tokenizer.train import train_tokenizer
from train.data.encode import Encoded, EncoderPool
from train.data.prepare import prepare
from train.data.settings import DataSettings, TokenizerSettings
from train.data.store import PreparedData

ROOT = Path(__file__).parents[3]


def contents(folder: Path, *, but: tuple[str, ...] = ()) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in but
    }


def parts(texts: list[str], share: float = 0.1, limit: int = 12) -> tuple[list[str], list[str]]:
    rule = HeldOutRule(share=share, limit=limit)
    named = [(rule.part(text), text) for text in texts]
    return (
        [text for part, text in named if part == "training"],
        [text for part, text in named if part == "held out"],
    )


def test_tokens_are_the_documents_in_order(
    settings: Settings, texts: dict[str, list[str]], tmp_path: Path
) -> None:
    data = prepare(settings(), tmp_path / "data", seed=0)
    tokenizer = AutoTokenizer.from_pretrained(data.tokenizer_folder)
    assert data.languages == ["en", "sw", "zh"]
    table = data.held_out()
    for language in data.languages:
        training, held_out = parts(texts[language])
        stream = "".join(text + "\0" for text in training).encode()
        ids = np.concatenate([data.block(language, n) for n in range(data.blocks(language))])
        assert ids.dtype == np.int64
        assert len(ids) == len(stream) // 64 * 64, "one token a byte, one eos a document"
        decoded = "\0".join(
            str(tokenizer.decode(part)) for part in np.split(ids, np.flatnonzero(ids == 2))
        )
        # Each part after the first begins with its eos, which decodes to its name.
        expected = stream[: len(ids)].decode(errors="ignore").split("\0")
        found = [part.removeprefix("</s>") for part in decoded.split("\0")]
        assert found[:-1] == expected[:-1]
        assert list(table["text"][table["language"] == language]) == held_out
        counts = data.manifest["counts"][language]
        assert counts["train"] == {
            "documents": len(training),
            "bytes": sum(len(text.encode()) for text in training),
            "tokens": len(ids),
            "blocks": len(ids) // 64,
        }
        assert counts["held_out"]["tokens"] == sum(len(x.encode()) + 1 for x in held_out)
        assert not set(training) & set(held_out)
    data.verify()
    assert not list(tmp_path.glob("*.unfinished"))


def test_the_result_does_not_depend_on_the_number_of_workers(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("train.data.pack._BATCH", 500)  # many batches, read ahead
    for budget in (None, 12_800):
        folders = []
        for workers in (0, 3):
            folder = tmp_path / f"{budget}-{workers}"
            changes = {"workers": workers, "tokens_per_language": budget, "heldout_share": 0.4}
            prepare(settings(**changes), folder, seed=0)
            folders.append(folder)
        one, other = (contents(folder, but=("manifest.json",)) for folder in folders)
        assert one == other
        manifests = [PreparedData(folder).manifest for folder in folders]
        for key in ("fingerprint", "counts", "files"):
            assert manifests[0][key] == manifests[1][key]


def test_a_budget_is_met_exactly(settings: Settings, tmp_path: Path) -> None:
    whole = prepare(settings(), tmp_path / "whole", seed=0)
    data = prepare(settings(tokens_per_language=12_863), tmp_path / "data", seed=0)
    for language in data.languages:
        assert data.blocks(language) == 200
        for n in range(200):
            np.testing.assert_array_equal(data.block(language, n), whole.block(language, n))


def test_preparing_again_is_skipped_and_other_settings_are_not(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data"
    first = prepare(settings(), folder, seed=0)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    capsys.readouterr()
    assert prepare(settings(workers=2), folder, seed=1).fingerprint == first.fingerprint
    assert "data: up to date" in capsys.readouterr().err
    assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    with pytest.raises(UserError, match="holds data of other block_size"):
        prepare(settings(block_size=32), folder, seed=0)
    assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    other = prepare(settings(block_size=32), tmp_path / "other", seed=0)
    assert other.fingerprint != first.fingerprint
    assert other.block("en", 0).shape == (32,)


def test_data_of_changed_text_is_not_taken_for_it(
    settings: Settings, corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "corpus"
    copy.mkdir()
    for path in corpus.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    source = SourceSettings(kind="files", files=f"{copy}/{{language}}.txt")
    folder = tmp_path / "data"
    first = prepare(settings(source=source), folder, seed=0)
    os.utime(copy / "sw.txt", (1, 1))
    prepare(settings(source=source), folder, seed=0)
    assert "data: up to date" in capsys.readouterr().err
    with (copy / "sw.txt").open("a") as file:
        file.write("\n\nhati mpya " * 20)
    with pytest.raises(UserError, match="holds data of other text"):
        prepare(settings(source=source), folder, seed=0)
    other = prepare(settings(source=source), tmp_path / "other", seed=0)
    assert other.fingerprint != first.fingerprint


@pytest.mark.parametrize(("size", "dtype"), [(2**16 - 1, "uint16"), (2**16, "uint32")])
def test_a_vocabulary_of_65536_takes_four_bytes(
    settings: Settings, texts: dict[str, list[str]], tmp_path: Path, size: int, dtype: str
) -> None:
    save_bytes_tokenizer(tmp_path / "tokenizer", size)
    wanted = TokenizerSettings(path=str(tmp_path / "tokenizer"))
    data = prepare(settings(languages=["en"], tokenizer=wanted), tmp_path / "data", seed=0)
    assert data.manifest["dtype"] == dtype
    assert data.vocabulary == size
    written = (data.folder / "train" / "en.bin").stat().st_size
    assert written == data.tokens("en") * np.dtype(dtype).itemsize
    tokenizer = AutoTokenizer.from_pretrained(data.tokenizer_folder)
    ids = data.block("en", 0)
    assert ids.max() > size - 260
    assert parts(texts["en"])[0][0].startswith(str(tokenizer.decode(ids[:10])))


def test_a_trained_tokenizer_never_sees_held_out_documents(
    settings: Settings,
    texts: dict[str, list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []

    def watch(given: Iterator[str], *args: Any, **kwargs: Any) -> Any:
        seen.extend(given)
        return train_tokenizer(seen, *args, **kwargs)

    monkeypatch.setattr("train.data.prepare.train_tokenizer", watch)
    wanted = settings(tokenizer=TokenizerSettings(vocab_size=400, characters=10**9))
    data = prepare(wanted, tmp_path / "data", seed=0)
    training = [text for language in data.languages for text in parts(texts[language])[0]]
    assert sorted(seen) == sorted(training)
    tokenizer = AutoTokenizer.from_pretrained(data.tokenizer_folder)
    assert data.vocabulary == len(tokenizer) == 400
    first = parts(texts["zh"])[0][0]
    ids = data.block("zh", 0)
    assert tokenizer.decode(ids[: list(ids).index(2)]) == first
    prepare(wanted, tmp_path / "data", seed=0)
    assert len(seen) == len(training), "up to date: nothing is trained"


SLOW = """
# Workers import this file too, so what is heavy stands below.
if __name__ == "__main__":
    import sys, time
    from pathlib import Path
    import train.data.pack as pack
    from analysis.text.sources import SourceSettings
    from train.data.prepare import prepare
    from train.data.settings import DataSettings, TokenizerSettings

    corpus, tokenizer, folder = sys.argv[1:]
    pack._BATCH, pack.MARK = 2000, 5000
    real = pack._BlockWriter.add
    def slow(self, encoded):
        time.sleep(0.05 if "sw" in self._file.name else 0)
        return real(self, encoded)
    pack._BlockWriter.add = slow
    prepare(DataSettings(languages=["en", "sw", "zh"], workers=2, block_size=64, heldout_share=0.1,
        heldout_documents=12, tokenizer=TokenizerSettings(path=tokenizer),
        source=SourceSettings(kind="files", files=corpus + "/{language}.txt"),
    ), Path(folder), seed=0)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_interrupted_preparation_goes_on_where_it_stopped(
    settings: Settings,
    corpus: Path,
    texts: dict[str, list[str]],
    bytes_tokenizer: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    how: signal.Signals,
) -> None:
    script, folder = tmp_path / "slow.py", tmp_path / "data"
    script.write_text(SLOW)
    process = subprocess.Popen(
        [sys.executable, str(script), str(corpus), str(bytes_tokenizer), str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    draft = tmp_path / "data.unfinished"
    deadline = time.monotonic() + 60
    mark = draft / "languages" / "sw.mark.json"
    while not mark.is_file():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with pytest.raises(UserError, match="another process is preparing this data"):
        prepare(settings(), folder, seed=0)
    workers = [
        int(pid)
        for task in Path(f"/proc/{process.pid}/task").iterdir()
        for pid in (task / "children").read_text().split()
    ]
    assert len(workers) >= 2
    process.send_signal(how)
    process.wait(timeout=30)
    assert not folder.exists(), "nothing looks finished"
    with pytest.raises(UserError, match="no prepared data here"):
        PreparedData(folder)
    while any(_alive(pid) for pid in workers):
        assert time.monotonic() < deadline, "workers outlive their parent"
        time.sleep(0.05)
    english = draft / "data" / "train" / "en.bin"
    stamp = english.stat().st_mtime_ns
    done = json.loads(mark.read_text())
    assert 0 < done["read"] < len(texts["sw"])
    assert done["blocks"] * 64 + len(done["rest"]) >= 5000
    tokenised: list[str] = []
    real = EncoderPool.encode_all

    def seen(batch: list[str]) -> list[str]:
        tokenised.extend(batch)
        return batch

    def watch(pool: EncoderPool, batches: Iterable[list[str]]) -> Generator[Encoded, None, None]:
        return real(pool, map(seen, batches))

    with monkeypatch.context() as patch:
        patch.setattr("train.data.pack._BATCH", 2000)
        patch.setattr(EncoderPool, "encode_all", watch)
        data = prepare(settings(), folder, seed=0)
    # Of Swahili what the mark does not count, and Chinese; the rest is not tokenised again.
    left = texts["sw"][done["read"] :]
    training, _ = parts(texts["sw"])
    assert tokenised[0] == next(text for text in left if text in training)
    assert len(tokenised) == len(training) - done["documents"] + len(parts(texts["zh"])[0])
    assert (folder / "train" / "en.bin").stat().st_mtime_ns == stamp, "English was done"
    assert not draft.exists()
    fresh = prepare(settings(), tmp_path / "fresh", seed=0)
    assert contents(folder) == contents(fresh.folder)
    assert data.fingerprint == fresh.fingerprint


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def test_an_unfinished_folder_of_other_settings_is_not_used(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("train.data.draft.write_text", fail)
        with pytest.raises(UserError, match="no space left on the device"):
            prepare(settings(block_size=32), folder, seed=0)
    assert not folder.exists()
    assert (tmp_path / "data.unfinished" / "data" / "train" / "en.bin").exists()
    data = prepare(settings(), folder, seed=0)
    fresh = prepare(settings(), tmp_path / "fresh", seed=0)
    assert contents(data.folder) == contents(fresh.folder)


def test_a_folder_of_something_else_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "thesis.txt").write_text("five years of work")
    with pytest.raises(UserError, match="taken by something that is not prepared data"):
        prepare(settings(), tmp_path / "data", seed=0)
    assert contents(tmp_path / "data") == {"thesis.txt": b"five years of work"}


def test_damage_is_found_and_named(settings: Settings, tmp_path: Path) -> None:
    data = prepare(settings(), tmp_path / "data", seed=0)
    path = data.folder / "train" / "sw.bin"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    PreparedData(data.folder)
    with pytest.raises(UserError, match=r"train/sw\.bin: .*its content has changed"):
        PreparedData(data.folder).verify()
    path.write_bytes(content[:-2])
    sizes = rf"sw\.bin: .*{len(content) - 2} bytes, {len(content)}"
    with pytest.raises(UserError, match=sizes):
        PreparedData(data.folder)
    with pytest.raises(UserError, match=sizes):
        prepare(settings(), data.folder, seed=0)
    path.unlink()
    with pytest.raises(UserError, match=r"sw\.bin: .*the file is missing"):
        PreparedData(data.folder)
    del data.manifest["counts"]
    (data.folder / "manifest.json").write_text(json.dumps(data.manifest))
    with pytest.raises(UserError, match=r"manifest\.json: .* is damaged: no 'counts'"):
        PreparedData(data.folder)
    (data.folder / "manifest.json").write_text("{")
    with pytest.raises(UserError, match=r"manifest\.json: .*not JSON"):
        PreparedData(data.folder)
    with pytest.raises(UserError, match=r"manifest\.json: .*not JSON"):
        prepare(settings(), data.folder, seed=0)


def test_data_of_another_format_is_refused(settings: Settings, tmp_path: Path) -> None:
    data = prepare(settings(), tmp_path / "data", seed=0)
    path = data.folder / "manifest.json"
    path.write_text(json.dumps({**data.manifest, "format": 0, "made_from": {"format": 0}}))
    with pytest.raises(UserError, match="prepared data of format 0"):
        PreparedData(data.folder)
    with pytest.raises(UserError, match="holds data of other format"):
        prepare(settings(), data.folder, seed=0)


def test_pickling_copies_no_tokens(settings: Settings, tmp_path: Path) -> None:
    data = prepare(settings(), tmp_path / "data", seed=0)
    data.block("en", 0)
    copy = pickle.dumps(data)
    assert len(copy) < 1000
    np.testing.assert_array_equal(pickle.loads(copy).block("en", 3), data.block("en", 3))


def one_language(settings: Settings, path: Path, content: bytes) -> DataSettings:
    path.write_bytes(content)
    source = SourceSettings(kind="files", files={"sw": [str(path)]})
    return replace(settings(), languages=["sw"], source=source)


def test_text_that_is_too_little(settings: Settings, tmp_path: Path) -> None:
    path, folder = tmp_path / "x.txt", tmp_path / "data"
    training, _ = parts([f"document{n}" for n in range(90)])
    words = "too little text in 'sw': 10 training tokens, 64 needed for one block"
    with pytest.raises(UserError, match=words):
        prepare(one_language(settings, path, training[0].encode()), folder, seed=0)
    with pytest.raises(UserError, match="no document of 'sw' was drawn for the held-out part"):
        prepare(one_language(settings, path, "\n\n".join(training[:9]).encode()), folder, seed=0)
    with pytest.raises(UserError, match=r"x\.txt: invalid UTF-8 at byte 203"):
        prepare(one_language(settings, path, b"a" * 203 + b"\xff\n"), folder, seed=0)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"block_size": 1}, "data.prepare.block_size: 1 is out of range"),
        ({"heldout_share": 0.0}, "data.prepare.heldout_share: 0.0 is out of range"),
        ({"heldout_share": 1.0}, "data.prepare.heldout_share: 1.0 is out of range"),
        ({"heldout_documents": 0}, "data.prepare.heldout_documents: 0 is out of range"),
        ({"tokens_per_language": 63}, "data.prepare.tokens_per_language: 63 is out of range"),
        ({"workers": -1}, "data.prepare.workers: -1 is out of range"),
        ({"languages": ["en", "en"]}, "language 'en' stands twice"),
        ({"languages": ["en", "de"]}, "unknown language 'de'"),
        ({"languages": ["en", "fr"]}, "no such file (language 'fr')"),
    ],
)
def test_settings_that_are_refused(
    settings: Settings, tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(UserError) as caught:
        prepare(settings(**changes), tmp_path / "data", seed=0)
    assert words in str(caught.value)
    assert not list(tmp_path.iterdir())
