from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import UserError
from analysis.text.heldout import HeldOutRule, TrainingPart, read_held_out, write_held_out


class Texts:
    def __init__(self, texts: list[str]) -> None:
        self.texts = texts

    def documents(self, language: str) -> Iterator[str]:
        assert language == "en"
        return iter(self.texts)

    def fingerprint(self, language: str) -> str:
        return f"{language}{len(self.texts)}"


def parts(texts: list[str], share: float, limit: int) -> dict[str, list[str]]:
    rule = HeldOutRule(share=share, limit=limit)
    sorted_: dict[str, list[str]] = {"held out": [], "training": [], "copy": []}
    for text in texts:
        sorted_[rule.part(text)].append(text)
    return sorted_


@given(st.lists(st.integers(0, 30).map(str)), st.floats(0, 1), st.integers(1, 10))
def test_no_text_is_in_both_parts(texts: list[str], share: float, limit: int) -> None:
    found = parts(texts, share, limit)
    assert not set(found["held out"]) & set(found["training"])
    assert set(found["copy"]) <= set(found["held out"])
    assert len(found["held out"]) == len(set(found["held out"])) <= limit
    training = TrainingPart(Texts(texts), share=share, limit=limit)
    assert list(training.documents("en")) == found["training"]
    assert list(training.documents("en")) == found["training"]


def test_share_and_limit() -> None:
    texts = [f"document {n}" for n in range(20_000)]
    held_out = parts(texts, 0.1, 10**9)["held out"]
    assert abs(len(held_out) - 2000) < 5 * (20_000 * 0.1 * 0.9) ** 0.5
    capped = parts(texts, 0.1, 50)
    assert capped["held out"] == held_out[:50]
    assert len(capped["training"]) == 20_000 - 50


def test_file_keeps_texts(tmp_path: Path) -> None:
    path = tmp_path / "heldout.parquet"
    write_held_out(path, {"sw": ["habari\n", "ndiyo"], "en": ["yes"]})
    table = read_held_out(path)
    assert table.to_dict("list") == {
        "language": ["sw", "sw", "en"],
        "document": [0, 1, 0],
        "text": ["habari\n", "ndiyo", "yes"],
    }
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(UserError, match="not a whole Parquet file"):
        read_held_out(path)
    with pytest.raises(UserError, match="no such file"):
        read_held_out(tmp_path / "other.parquet")
