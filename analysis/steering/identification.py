"""The language of a text, among those of the run: py3langid's naive Bayes over bytes, offline.

A text is told apart by its letters (with the marks on them), counted in UTF-8 bytes: what the
identifier reads, and a fairer measure of what a text tells than characters (ten Chinese characters
tell as much as thirty Latin letters).

1. Fewer than `SHORTEST` bytes of letters: "short".
2. No language likelier than all others together: "mixed".
3. Cut into windows of about `WINDOW` bytes, at the ends of words. Where windows that are clearly of
   another language than the whole text (probability at least `CLEAR`), and letters of a script that
   its language is not written in, hold `SHARE` of the letters or more: "mixed".
4. Otherwise the likeliest language of the whole text.

The identifier must choose among the languages of the run: it takes Russian for Swahili, hence the
scripts. German among languages in Latin letters it tells only by rule 2, and often not at all.

Measured on held-out text of the sixteen languages, 300 snippets of each, by bytes of letters:

                                               60       120      240
another language                               0.1 %    0.0 %    0.0 %
called mixed                                   0.6 %    0.5 %    0.1 %
    the worst                                  zh 5 %   pt 3 %   sw 1 %
two languages, half and half: called mixed     94 %     100 %    100 %
    both of ca, es, fr, pt                     81 %     97 %     100 %
single words of all languages: called mixed    57 %     93 %     99 %
"""

import copy
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

import numpy as np
import regex
from py3langid.langid import LanguageIdentifier

from analysis.errors import UserError
from analysis.languages import LANGUAGES, check_languages
from analysis.seeds import derive
from analysis.statistics.bootstrap import bootstrap_ratio

SHORT = "short"
MIXED = "mixed"
WRONG = "wrong"

SHORTEST = 20
"""Bytes of letters that a text needs. Of held-out snippets with 20, 2 % get a wrong language (es
and pt 8 %, ca 5 %, most others under 3 %); with 10 it is 8 % (es 25 %), with 30 0.6 % (es 3 %)."""

WINDOW = 30
"""With 20 more text of one language is called mixed, with 40 fewer mixed texts of 60 bytes."""

CLEAR = 0.7
SHARE = 0.2

_MODEL = "data/model.npz.xz"
_LETTERS = regex.compile(r"[\p{L}\p{M}]+")
_UNITS = regex.compile(r"\p{Han}|[^\s\p{Han}]+\s*|\s+")
"""What a window never cuts: a word with the space behind it, and a Chinese character."""


@dataclass(frozen=True)
class Verdict:
    """What the identifier says of a text."""

    language: str
    """A code, `SHORT` or `MIXED`."""

    confidence: float
    """Probability of the likeliest language of the whole text among those of the run, whatever the
    verdict; one over their number where nothing tells."""


@dataclass(frozen=True)
class ErrorRate:
    """How often held-out snippets of a language get one kind of wrong verdict."""

    language: str
    verdict: str
    """`WRONG` (another language), `SHORT` or `MIXED`."""
    value: float
    """Share of the snippets; NaN without any."""
    low: float
    """95 % bootstrap interval over documents; NaN with fewer than two."""
    high: float
    snippets: int
    documents: int


def letter_bytes(text: str) -> int:
    """UTF-8 bytes of the letters of `text` and the marks on them."""
    return len("".join(_LETTERS.findall(text)).encode())


def identify(texts: Sequence[str], languages: Sequence[str]) -> list[Verdict]:
    """The language of each text among `languages`; see the head of this file.

    Raises `UserError` for a language that the identifier doesn't know.
    """
    identifier = _identifier(tuple(languages))
    return [_verdict(text, identifier) for text in texts]


def identifier_error(
    heldout: Mapping[str, Sequence[str]], *, size: int, seed: int, snippets: int = 500
) -> list[ErrorRate]:
    """How often the identifier is wrong on snippets as long as the texts that it is used on.

    The first `snippets` documents of a language, or all where there are fewer, are cut from their
    beginning into snippets of at least `size` bytes of letters (`letter_bytes`), whole words; what
    is left over counts for nothing. Of each document the first few are taken, `snippets` in all at
    most. The languages to choose from are those of `heldout`.
    """
    rates: list[ErrorRate] = []
    for language, texts in heldout.items():
        most = max(1, snippets // max(1, len(texts)))
        cut = [list(islice(_snippets(text, size), most)) for text in texts[:snippets]]
        found = [_kinds(of_text, language, list(heldout)) for of_text in cut if of_text]
        counts = np.asarray([len(of_text) for of_text in found], dtype=np.int64)
        for verdict in (WRONG, SHORT, MIXED):
            hits = np.asarray([kinds.count(verdict) for kinds in found], dtype=np.int64)
            draws = derive(seed, "steering.identifier", language)
            interval = bootstrap_ratio(hits, counts, seed=draws)
            rates.append(
                ErrorRate(
                    language,
                    verdict,
                    float(hits.sum() / counts.sum()) if len(counts) else float("nan"),
                    float(interval.low),
                    float(interval.high),
                    int(counts.sum()),
                    len(counts),
                )
            )
    return rates


def _kinds(texts: Sequence[str], language: str, languages: Sequence[str]) -> list[str]:
    """The verdicts on `texts` in `language`, any other language being `WRONG`."""
    expected = (language, SHORT, MIXED)
    found = [verdict.language for verdict in identify(texts, languages)]
    return [code if code in expected else WRONG for code in found]


def _verdict(text: str, identifier: LanguageIdentifier) -> Verdict:
    language, confidence = identifier.classify(text)
    total = letter_bytes(text)
    if total < SHORTEST:
        return Verdict(SHORT, confidence)
    if confidence < 1 / 2:
        return Verdict(MIXED, confidence)
    strange = _strange(LANGUAGES[language].script)
    other = 0
    for window, size in _windows(text, total):
        likeliest, probability = identifier.classify(window)
        clear = likeliest != language and probability >= CLEAR
        other += size if clear else len("".join(strange.findall(window)).encode())
    return Verdict(MIXED if other >= SHARE * total else language, confidence)


def _windows(text: str, total: int) -> list[tuple[str, int]]:
    """Pieces of `text` with the bytes of letters that each has, as even as its words allow."""
    count = max(1, total // WINDOW)
    pieces: list[list[str]] = [[] for _ in range(count)]
    sizes = Counter[int]()
    before = 0
    for unit in _UNITS.findall(text):
        size = letter_bytes(unit)
        place = min(count - 1, (2 * before + size) * count // (2 * total))
        pieces[place].append(unit)
        sizes[place] += size
        before += size
    return [("".join(piece), sizes[place]) for place, piece in enumerate(pieces) if piece]


@cache
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    """The identifier restricted to `languages`; nothing in it changes afterwards."""
    identifier = copy.copy(_whole())
    for code in languages:
        if code not in identifier.labels:
            raise UserError(
                f"the language identifier doesn't know '{code}'",
                where="languages",
                fix=f"it knows {' '.join(sorted(identifier.labels))}",
            )
    identifier.set_languages(check_languages(languages, where="languages"))
    return identifier


@cache
def _whole() -> LanguageIdentifier:
    """The identifier of all its languages, read once in a process: 0.7 s and 70 MB."""
    return LanguageIdentifier.from_model_file(_MODEL, norm_probs=True)


@cache
def _strange(script: str) -> "regex.Pattern[str]":
    """Runs of letters of other scripts; letters that many share (`Common`) are of none."""
    return regex.compile(rf"[\p{{L}}--[\p{{{script}}}\p{{Common}}]]+", regex.V1)


def _snippets(text: str, size: int) -> Iterator[str]:
    """`text` cut into pieces of at least `size` bytes of letters, without what is left over."""
    units: list[str] = []
    held = 0
    for unit in _UNITS.findall(text):
        units.append(unit)
        held += letter_bytes(unit)
        if held >= size:
            yield "".join(units)
            units, held = [], 0
