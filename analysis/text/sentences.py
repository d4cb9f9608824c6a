"""Sentences of running text."""

from collections.abc import Iterator

from sentencex import segment

_RULES = {"ca": "es"}
"""Language -> the one whose rules serve it. Those for Catalan are a hundred times slower."""


def sentences(text: str, language: str) -> Iterator[str]:
    """The sentences of `text` without the white space around them; none crosses a line."""
    rules = _RULES.get(language, language)
    for line in text.splitlines():
        for sentence in segment(rules, line):
            if stripped := sentence.strip():
                yield stripped
