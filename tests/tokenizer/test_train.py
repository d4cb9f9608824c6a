import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer, PreTrainedTokenizerFast, XGLMConfig

from analysis.errors import UserError
from tests.tokenizer.conftest import SMALL
from tests.tokenizer.sentences import SENTENCES
from tokenizer.evaluate import is_byte_token
from tokenizer.loading import decode, encode, fingerprint, load_tokenizer
from tokenizer.train import BYTES, MADE_UP, N_FIXED, save_tokenizer, train_tokenizer

ALL = [text for texts in SENTENCES.values() for text in texts]
AWKWARD = [
    "▁hello▁▁ world▁",
    "<0x41><0xE2> <<0x0A>>",
    "<s>a</s> <pad><unk>",
    "<madeupword3> <madeupword7>",
    "  two   three    ",
    "\ttab\r\nline\n\n\n\r end \u2028\u3000",
    "👩\u200d🚀👍🏽 🇪🇺",
    "e\u0301 \u0301\u0301 Å Å",
    "क्\u200dष می\u200cخواهم \u200d\u200c",
    "\0a\0\0",
    "\ufffd\ufeff",
    "a" * 300 + "猫" * 300 + "!" * 300 + " " * 300 + "\n" * 300,
]


def test_size_and_special_ids(small: PreTrainedTokenizerFast) -> None:
    assert len(small) == SMALL == small.backend_tokenizer.get_vocab_size(with_added_tokens=False)
    assert small.convert_tokens_to_ids(["<s>", "<pad>", "</s>", "<unk>"]) == [0, 1, 2, 3]
    assert small.convert_tokens_to_ids(list(BYTES)) == list(range(4, 260))
    assert small.convert_tokens_to_ids(list(MADE_UP)) == list(range(SMALL - 7, SMALL))
    assert (small.bos_token_id, small.pad_token_id) == (0, 1)
    assert (small.eos_token_id, small.unk_token_id) == (2, 3)


@settings(max_examples=400, deadline=None)
@given(st.text() | st.lists(st.sampled_from([*AWKWARD, *ALL]), max_size=3).map("".join))
@example("".join(AWKWARD))
@example("\n".join(ALL))
def test_every_text_comes_back(small: PreTrainedTokenizerFast, text: str) -> None:
    ids = encode(small, text)
    assert decode(small, ids) == text
    # Nor does any text reach a special token, made-up words included.
    assert not set(ids) & {0, 1, 2, 3, *range(SMALL - 7, SMALL)}


@pytest.mark.parametrize("text", AWKWARD + ALL)
def test_named_texts_come_back(small: PreTrainedTokenizerFast, text: str) -> None:
    assert decode(small, encode(small, text)) == text
    assert small(text, add_special_tokens=False)["input_ids"] == encode(small, text)


def test_bytes_only_for_characters_not_seen(small: PreTrainedTokenizerFast) -> None:
    seen = set("".join(ALL))
    for text in [*ALL, *sorted(seen)]:
        assert not any(is_byte_token(small, token) for token in encode(small, text))
    assert "Ж" not in seen
    assert small.convert_ids_to_tokens(encode(small, "Ж")) == ["<0xD0>", "<0x96>"]
    assert small.convert_ids_to_tokens(encode(small, "🐈")) == [
        "<0xF0>",
        "<0x9F>",
        "<0x90>",
        "<0x88>",
    ]


def test_one_end_mark_before_a_text_unless_asked_otherwise(small: PreTrainedTokenizerFast) -> None:
    ids = encode(small, "猫")
    assert small("猫")["input_ids"] == [2, *ids]
    assert small("猫", "猫")["input_ids"] == [2, *ids, 2, 2, *ids]


def test_saved_tokenizer_opens_alike_also_beside_an_xglm(
    small: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    folder = tmp_path / "tokenizer"
    save_tokenizer(small, folder)
    XGLMConfig(d_model=32, num_layers=1, vocab_size=SMALL).save_pretrained(folder)
    opened = AutoTokenizer.from_pretrained(folder)
    assert fingerprint(opened) == fingerprint(small)
    assert (opened.bos_token, opened.eos_token) == ("<s>", "</s>")
    assert (opened.pad_token, opened.unk_token) == ("<pad>", "<unk>")
    for text in AWKWARD + ALL:
        ids = small.backend_tokenizer.encode(text, add_special_tokens=False).ids
        assert opened(text, add_special_tokens=False)["input_ids"] == ids
        assert opened.decode(ids) == text


def test_saving_a_loaded_tokenizer_gives_the_same_bytes(
    small: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    save_tokenizer(small, tmp_path / "first")
    opened = load_tokenizer(tmp_path / "first")
    opened(["a", "b c"], padding=True, truncation=True, max_length=2)
    assert fingerprint(opened) == fingerprint(small)
    save_tokenizer(opened, tmp_path / "second")
    first, second = (
        {file.name: file.read_bytes() for file in (tmp_path / name).iterdir()}
        for name in ("first", "second")
    )
    assert first == second


def test_other_processes_threads_and_orders_write_the_same_bytes(tmp_path: Path) -> None:
    program = (
        "import random, sys; from itertools import islice; from pathlib import Path\n"
        "from analysis.text.sources import SourceSettings, open_source\n"
        "from tests.tokenizer.sentences import SENTENCES\n"
        "from tokenizer.train import save_tokenizer, train_tokenizer\n"
        "languages = ['en', 'ta', 'zh']\n"
        "source = open_source(SourceSettings(kind='demo'), languages)\n"
        "texts = [t for code in languages for t in islice(source.documents(code), 50)]\n"
        "texts += [t for ts in SENTENCES.values() for t in ts]\n"
        "random.Random(int(sys.argv[2])).shuffle(texts)\n"
        "save_tokenizer(train_tokenizer(texts, 1200, progress=False), Path(sys.argv[1]))\n"
    )
    written = []
    for run, threads in ((1, "1"), (2, "2")):
        folder = tmp_path / str(run)
        subprocess.run(
            [sys.executable, "-c", program, str(folder), str(run)],
            check=True,
            env={**os.environ, "PYTHONHASHSEED": str(run), "RAYON_NUM_THREADS": threads},
            timeout=120,
        )
        written.append({file.name: file.read_bytes() for file in folder.iterdir()})
    assert written[0] == written[1]
    assert "tokenizer.json" in written[0]


def test_bounds_of_the_size_are_told_and_are_exact() -> None:
    texts = ALL * 2
    n_characters = len(set("".join(texts)))
    least = N_FIXED + n_characters
    with pytest.raises(UserError, match=f"takes {least:,} for") as small_error:
        train_tokenizer(texts, least - 1, progress=False)
    assert "byte" in str(small_error.value)
    assert len(train_tokenizer(texts, least, progress=False)) == least
    with pytest.raises(UserError, match="cannot fill") as error:
        train_tokenizer(texts, 10_000, progress=False)
    most = int(str(error.value).split("substrings for ")[1].split(";")[0])
    assert least < most < 10_000
    assert len(train_tokenizer(texts, most, progress=False)) == most
    for empty in ([], [""]):
        with pytest.raises(UserError, match="no text"):
            train_tokenizer(empty, 300, progress=False)
    with pytest.raises(UserError, match="too small"):
        train_tokenizer(texts, 100, progress=False)


def test_coverage_leaves_the_rarest_characters_to_bytes() -> None:
    texts = SENTENCES["en"] * 100 + ["猫"]
    full = train_tokenizer(texts, 294, progress=False, character_coverage=1.0)
    partial = train_tokenizer(texts, 294, progress=False)
    assert full.convert_ids_to_tokens(encode(full, "猫")) == ["猫"]
    assert partial.convert_ids_to_tokens(encode(partial, "猫")) == ["<0xE7>", "<0x8C>", "<0xAB>"]
    with pytest.raises(UserError, match="character_coverage"):
        train_tokenizer(texts, 294, progress=False, character_coverage=0.0)


def test_a_failed_save_leaves_what_was_there(
    small: PreTrainedTokenizerFast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tokenizer"
    folder.mkdir()
    (folder / "old").write_text("old")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(small), "save_pretrained", fail)
    with pytest.raises(UserError, match="no space"):
        save_tokenizer(small, folder)
    assert [path.name for path in tmp_path.iterdir()] == ["tokenizer"]
    assert (folder / "old").read_text() == "old"
