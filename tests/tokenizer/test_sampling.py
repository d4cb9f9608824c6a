from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import UserError
from tests.tokenizer.sentences import ListSource
from tokenizer.sampling import sample_texts, shares

DOCUMENTS = {
    "en": [f"{number:04d} " * (1 + number % 7) for number in range(4000)],
    "fr": [f"f{number:03d} " * (1 + number % 5) for number in range(400)],
    "sw": [f"s{number:02d} " * 2 for number in range(20)],
}
SIZES = {language: sum(map(len, texts)) for language, texts in DOCUMENTS.items()}


def _sample(characters: int, temperature: float = 0.3, seed: int = 0, **kwargs: int) -> list[str]:
    return list(
        sample_texts(
            ListSource(DOCUMENTS),
            list(DOCUMENTS),
            characters=characters,
            temperature=temperature,
            seed=seed,
            progress=False,
            **kwargs,
        )
    )


def _by_language(texts: list[str]) -> dict[str, int]:
    sizes = {"en": 0, "fr": 0, "sw": 0}
    for text in texts:
        sizes[{"f": "fr", "s": "sw"}.get(text[0], "en")] += len(text)
    return sizes


def test_shares_by_hand() -> None:
    assert shares({"a": 1600, "b": 100}, 100, 0.5) == {"a": 80, "b": 20}
    assert shares({"a": 1600, "b": 100}, 170, 1.0) == {"a": 160, "b": 10}
    assert shares({"a": 1600, "b": 100}, 100, 0.0) == {"a": 50, "b": 50}
    # b and c would get a third each and cannot: a has what they leave.
    assert shares({"a": 1600, "b": 10, "c": 20}, 300, 0.0) == {"a": 270, "b": 10, "c": 20}
    assert shares({"a": 5, "b": 7}, 1000, 0.3) == {"a": 5, "b": 7}


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 10**12), min_size=1),
    st.integers(1, 10**12),
    st.floats(0, 1),
)
def test_shares_meet_the_budget_and_the_sizes(
    sizes: dict[str, int], characters: int, temperature: float
) -> None:
    budget = shares(sizes, characters, temperature)
    assert budget.keys() == sizes.keys()
    assert sum(budget.values()) == min(characters, sum(sizes.values()))
    assert all(0 <= budget[code] <= sizes[code] for code in sizes)
    open_ = [code for code in sizes if budget[code] < sizes[code]]
    for one in open_:
        for other in open_:
            if sizes[one] >= sizes[other]:
                assert budget[one] >= budget[other] - 1


@pytest.mark.parametrize("temperature", [0.0, 0.3, 1.0])
def test_sample_follows_the_temperature(temperature: float) -> None:
    # Small enough that no language runs out.
    wanted = {code: size**temperature for code, size in SIZES.items()}
    found = _by_language(_sample(200, temperature))
    for code, size in SIZES.items():
        exact = 200 * wanted[code] / sum(wanted.values())
        assert exact < size
        assert abs(found[code] - exact) < 1


def test_sample_is_a_function_of_the_seed() -> None:
    assert _sample(3000) == _sample(3000)
    assert _sample(3000) != _sample(3000, seed=1)


def test_documents_are_distinct_in_order_and_from_everywhere() -> None:
    texts = [text for text in _sample(12_000, 1.0) if text[0] not in "fs"]
    numbers = [int(text[:4]) for text in texts]
    assert numbers == sorted(set(numbers))
    whole = [
        text for text, number in zip(texts, numbers, strict=True) if text == DOCUMENTS["en"][number]
    ]
    assert len(whole) >= len(texts) - 1
    # Uniform over 0..3999: the mean has a standard error below 60.
    assert 1700 < sum(numbers) / len(numbers) < 2300


def test_all_text_comes_when_the_budget_allows() -> None:
    assert _sample(10**9) == [text for texts in DOCUMENTS.values() for text in texts]


def test_endless_source_is_read_up_to_the_limit() -> None:
    class Endless:
        def documents(self, language: str) -> Iterator[str]:
            number = 0
            while True:
                yield f"{language}{number:08d}"
                number += 1

        def fingerprint(self, language: str) -> str:
            return language

    texts = list(
        sample_texts(Endless(), ["en", "zh"], characters=100, read_at_most=1000, progress=False)
    )
    assert sum(map(len, texts)) == 100
    assert all(int(text[2:10]) < 100 for text in texts if len(text) == 10)


def test_a_temperature_without_effect_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    notice = "every language has 160 characters or more"
    for temperature, read_at_most, told in (
        (0.3, 160, True),
        (1.0, 160, True),
        (0.0, 160, False),  # equal shares were asked for
        (0.3, 161, False),  # "sw" has 160, the others more
    ):
        texts = _sample(90, temperature, read_at_most=read_at_most)
        error = capsys.readouterr().err
        assert (notice in error) == told
        assert len(error.splitlines()) == told
        if told:
            assert all(abs(count - 30) <= 3 for count in _by_language(texts).values())


def test_what_cannot_be_sampled_is_refused() -> None:
    source = ListSource({**DOCUMENTS, "zh": [], "te": ["", ""]})
    cases: list[tuple[list[str], dict[str, Any], str]] = [
        (["en"], {"characters": 0}, "characters"),
        (["en"], {"characters": 5, "temperature": 1.5}, "temperature"),
        (["en"], {"characters": 5, "temperature": float("nan")}, "temperature"),
        (["xx"], {"characters": 5}, "unknown language 'xx'"),
        (["en", "zh"], {"characters": 5}, "language zh: there is no text"),
        (["te"], {"characters": 5}, "language te: there is no text"),
    ]
    for languages, settings, message in cases:
        with pytest.raises(UserError, match=message):
            list(sample_texts(source, languages, progress=False, **settings))
