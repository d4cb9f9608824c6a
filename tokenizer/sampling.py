"""Sampling documents of several languages for training a tokenizer.

Languages with much text are held back: language l gets a share of the characters proportional to
n_l ** temperature, n_l being the characters it has (Conneau & Lample 2019, section 3.1). At 1
every language keeps its own share, at 0 all get the same.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from analysis.errors import UserError
from analysis.languages import check_languages
from analysis.seeds import uniforms
from analysis.text.sources import MeasuredSource, Source

Lengths = npt.NDArray[np.int64]


def sample_texts(
    source: Source,
    languages: Sequence[str],
    *,
    characters: int,
    temperature: float = 0.3,
    seed: int = 0,
    read_at_most: int = 300_000_000,
    progress: bool = True,
) -> Iterator[str]:
    """Documents of all `languages`, one language after the other, `characters` in all.

    Documents are drawn without replacement, every one of a language with the same chance, and
    come in the order of the source; the last drawn is cut so that the budget is met exactly. Less
    comes only if the languages have less. Each source is read twice and nothing is held but the
    documents' lengths. Of a language no more than about `read_at_most` characters, the first,
    are counted and drawn from. Languages that all have more, as a Hub data set's do, count as
    equally large, so that the temperature does nothing; a notice on stderr says so.

    Raises `UserError` for settings out of range, an unknown language, or one without text.
    """
    check_languages(languages, where="languages")
    if characters < 1:
        raise UserError(f"{characters} characters are no sample", where="characters", fix="give 1+")
    if not 0 <= temperature <= 1:
        raise UserError(
            f"{temperature} is out of range", where="temperature", fix="give a number from 0 to 1"
        )
    lengths = {
        language: _lengths(source, language, read_at_most, progress=progress)
        for language in languages
    }
    sizes = {language: int(counted.sum()) for language, counted in lengths.items()}
    if len(sizes) > 1 and temperature > 0 and min(sizes.values()) >= read_at_most:
        print(
            f"every language has {read_at_most:,} characters or more, the most that are read "
            f"(read_at_most): all get the same share, whatever the temperature",
            file=sys.stderr,
        )
    budgets = shares(sizes, characters, temperature)
    with tqdm(
        total=sum(budgets.values()),
        desc="reading the sample",
        unit=" characters",
        unit_scale=True,
        disable=not progress,
    ) as bar:
        for language in languages:
            taken = _draw(lengths[language], budgets[language], seed, language)
            # `taken` is the shorter where measuring stopped early, so it goes first.
            for n_characters, document in zip(taken, source.documents(language), strict=False):
                if n_characters:
                    yield document[:n_characters]
                    bar.update(n_characters)


def shares(sizes: Mapping[str, int], characters: int, temperature: float) -> dict[str, int]:
    """Characters for each language, proportional to size ** temperature, at most its size.

    What a small language cannot use is shared among the others by the same rule. The sum is
    min(characters, sum of sizes).
    """
    budget: dict[str, int] = {}
    open_ = dict(sizes)
    left = min(characters, sum(sizes.values()))
    while True:
        weights = {language: size**temperature for language, size in open_.items()}
        total = sum(weights.values())
        full = [code for code, size in open_.items() if left * weights[code] / total >= size]
        if not full:
            break
        for language in full:
            budget[language] = open_.pop(language)
            left -= budget[language]
        if not open_:
            return budget
    # Whole characters by the largest remainder.
    exact = {language: left * weight / total for language, weight in weights.items()}
    budget |= {language: int(share) for language, share in exact.items()}
    missing = left - sum(int(share) for share in exact.values())
    for language in sorted(exact, key=lambda code: (int(exact[code]) - exact[code], code))[
        :missing
    ]:
        budget[language] += 1
    return budget


def _lengths(source: Source, language: str, at_most: int, *, progress: bool) -> Lengths:
    """Characters of each document of a language, up to about `at_most` in all."""
    lengths: list[int] = []
    total = 0
    measured = source if isinstance(source, MeasuredSource) else None
    with tqdm(
        total=measured.size(language) if measured else None,
        desc=f"measuring {language}",
        unit="B" if measured else " characters",
        unit_scale=True,
        disable=not progress,
    ) as bar:
        for document in source.documents(language):
            lengths.append(len(document))
            total += len(document)
            bar.update((measured.position(language) if measured else total) - bar.n)
            if total >= at_most:
                break
    if total == 0:
        raise UserError("there is no text", where=f"language {language}", fix="give it documents")
    return np.array(lengths, dtype=np.int64)


def _draw(lengths: Lengths, characters: int, seed: int, language: str) -> list[int]:
    """How many characters of each document to take: all, none, and for one document a part."""
    draws = uniforms(seed, "tokenizer sample", np.arange(len(lengths)), language)
    order = np.argsort(draws, kind="stable")
    before = np.cumsum(lengths[order]) - lengths[order]
    taken = np.zeros(len(lengths), dtype=np.int64)
    taken[order] = np.clip(characters - before, 0, lengths[order])
    return [int(number) for number in taken]
