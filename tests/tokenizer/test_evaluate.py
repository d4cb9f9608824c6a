import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from analysis.errors import UserError
from tests.tokenizer.sentences import SENTENCES, ListSource
from tokenizer.evaluate import (
    count_words,
    evaluate_tokenizer,
    format_table,
    is_byte_token,
    mean_over_languages,
)
from tokenizer.train import build_tokenizer


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The cat isn't here.", 4),
        ("l'home col·labora", 2),
        ("我们是人，你呢？", 6),
        ("बिल्ली मेज़ के नीचे", 4),
        ("3.14 and 1,000 — !", 3),
        ("", 0),
    ],
)
def test_words(text: str, words: int) -> None:
    assert count_words(text) == words


def test_numbers_of_a_case_counted_by_hand() -> None:
    pieces = [("ab", -1.0), (" ab", -1.0), ("a", -3.0), ("b", -3.0), (" ", -3.0), ("猫", -2.0)]
    tokenizer = build_tokenizer(pieces)
    source = ListSource({"en": ["ab ab", "ab é", "never read"], "zh": ["猫猫é"]})
    table = evaluate_tokenizer(tokenizer, source, ["en", "zh"], documents=2, progress=False)
    english, chinese = table.to_dict("records")
    # "ab", " ab"; "ab", " ", and two bytes of "é" (" é" is one pre-token).
    assert english == {
        "language": "en",
        "documents": 2,
        "words": 4,
        "counted_as": "words",
        "characters": 9,
        "bytes": 10,
        "tokens": 6,
        "tokens_per_word": 6 / 4,
        "tokens_per_character": 6 / 9,
        "bytes_per_token": 10 / 6,
        "unknown_share": 0.0,
        "byte_share": 2 / 6,
        "round_trip_failures": 0,
    }
    # Two ideographs and one word "é"; two pieces and two bytes.
    assert chinese["words"] == 3
    assert chinese["counted_as"] == "characters"
    assert chinese["tokens"] == 4
    assert chinese["bytes"] == 8
    assert chinese["byte_share"] == 0.5
    means = mean_over_languages(table)
    assert means["tokens_per_word"] == pytest.approx((1.5 + 4 / 3) / 2)
    assert means["byte_share"] == pytest.approx((1 / 3 + 1 / 2) / 2)
    shown = format_table(table).splitlines()
    assert shown[1].split()[:3] == ["en", "2", "words"]
    assert shown[3].split()[:2] == ["mean", "1.417"]
    assert "may have been trained on them" in shown[4]


def test_unknown_tokens_and_lost_text_are_seen() -> None:
    backend = Tokenizer(models.WordLevel({"[UNK]": 0, "the": 1}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="[UNK]")
    source = ListSource({"en": ["the the", "the  cat", "cat"]})
    row = evaluate_tokenizer(tokenizer, source, ["en"], progress=False).iloc[0]
    assert row["unknown_share"] == 2 / 5
    assert row["round_trip_failures"] == 2


def test_byte_tokens_of_a_byte_level_tokenizer() -> None:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE({name: number for number, name in enumerate(alphabet)}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend)
    source = ListSource({"en": ["aé"]})
    row = evaluate_tokenizer(tokenizer, source, ["en"], progress=False).iloc[0]
    assert row["byte_share"] == 2 / 3
    assert row["round_trip_failures"] == 0


def test_special_tokens_are_no_byte_tokens(small: PreTrainedTokenizerFast) -> None:
    assert [is_byte_token(small, token) for token in (0, 3, 4, 69, 259, 260)] == [
        False, False, True, True, True, False,
    ]  # fmt: skip


def test_all_languages_and_bad_requests(small: PreTrainedTokenizerFast) -> None:
    table = evaluate_tokenizer(small, ListSource(SENTENCES), list(SENTENCES), progress=False)
    assert list(table["language"]) == list(SENTENCES)
    assert (table["round_trip_failures"] == 0).all()
    assert (table[["unknown_share", "byte_share"]] == 0).all(axis=None)
    with pytest.raises(UserError, match="language zh: there is no text"):
        evaluate_tokenizer(small, ListSource({"zh": []}), ["zh"], progress=False)
    with pytest.raises(UserError, match="unknown language"):
        evaluate_tokenizer(small, ListSource({}), ["xx"], progress=False)
