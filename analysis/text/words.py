"""Words of running text in the sixteen languages, folded so that a word's spellings compare equal.

A word is a run of letters, digits and combining marks; apostrophes, hyphens and other punctuation
stand between words. Chinese is brought to simplified characters (OpenCC) and cut into words by
jieba's dictionary. Upper and lower case are kept.

Folding, in every language: NFC; zero-width joiners, Arabic short vowels and tatweel dropped.
Arabic: alef with hamza or madda is alef. Urdu: the Arabic yeh and kaf are the Persian ones. Hindi:
the nukta of the letters that only loan words have is dropped, and candrabindu is anusvara.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache

_MARKS = (
    "\u0300-\u036f"  # Latin
    "\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"  # Arabic
    "\u0900-\u0963\u0971-\u0d7f"  # the scripts of India, danda and its like left out
)
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_MARKS}])*")

_DROPPED = ("\u200c", "\u200d", "\u0640", "\u0670", *map(chr, range(0x064B, 0x0653)))
_FOLDED: dict[str, dict[str, str]] = {
    "ar": {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا"},
    "ur": {"ي": "ی", "ى": "ی", "ك": "ک"},
    "hi": {"ँ": "ं"},
}
_LOAN_NUKTA = re.compile("(?<=[कखगजफ])\u093c")
"""NFC writes these letters and their nukta apart."""


def words(text: str, language: str) -> list[str]:
    """The words of `text` in order, folded."""
    return splitter(language)(text)


def split_lines(texts: Sequence[str], language: str) -> Iterator[list[str]]:
    """The words of each of several texts of one line, folded in one go: a form is short."""
    if language == "zh":
        yield from map(splitter(language), texts)
    else:
        yield from map(_WORD.findall, fold("\n".join(texts), language).split("\n"))


def fold(text: str, language: str) -> str:
    """`text` with the spellings of a word made equal; see the head of this file."""
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    if text.isascii():
        return text
    changes, table = _folding(language)
    if changes.search(text):
        text = text.translate(table)
    if language == "hi":
        return _LOAN_NUKTA.sub("", text)
    return text


@cache
def splitter(language: str) -> Callable[[str], list[str]]:
    """The function behind `words` for one language."""
    if language == "zh":
        return _chinese()
    find = _WORD.findall
    return lambda text: find(fold(text, language))


@cache
def _folding(language: str) -> tuple[re.Pattern[str], dict[int, str]]:
    """What finds the characters that folding changes, and what changes them."""
    changed = dict.fromkeys(_DROPPED, "") | _FOLDED.get(language, {})
    return re.compile(f"[{''.join(changed)}]"), str.maketrans(changed)


def _chinese() -> Callable[[str], list[str]]:
    from opencc import OpenCC  # noqa: PLC0415 (both load dictionaries)
    from rjieba import cut as cut_words  # noqa: PLC0415 (for Chinese alone)

    simplified = OpenCC("t2s").convert

    def cut(text: str) -> list[str]:
        # Without the model of unknown words: what it makes up is in no lexicon.
        return [
            word for word in cut_words(simplified(fold(text, "zh")), hmm=False) if _WORD.match(word)
        ]

    return cut
