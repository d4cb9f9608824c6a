"""The built-in corpus as a source of documents: generated stories in all sixteen languages."""

import hashlib
from collections.abc import Iterator
from functools import cache

import analysis.text.demo.lexicon as lexicon_module
from analysis.files import sha256
from analysis.languages import LANGUAGES
from analysis.text.demo.grammars import say
from analysis.text.demo.stories import story

SHARES = {
    "en": 1.0, "es": 0.6, "fr": 0.6, "pt": 0.5, "zh": 0.5, "ar": 0.4, "hi": 0.35, "vi": 0.35,
    "id": 0.3, "bn": 0.25, "ca": 0.25, "ta": 0.2, "ur": 0.2, "eu": 0.15, "sw": 0.15, "te": 0.15,
}  # fmt: skip
"""Size of each language's corpus relative to English, uneven as real corpora are."""


class DemoSource:
    """Stories by language; no story is told in two languages, though all share one world.

    `stories` is the number of English ones; the other languages have `SHARES` of it.
    """

    def __init__(self, stories: int, seed: int = 0) -> None:
        self.stories = stories
        self.seed = seed

    def documents(self, language: str) -> Iterator[str]:
        """One story after the other, the sentences of a story in one paragraph."""
        offset = list(LANGUAGES).index(language)
        gap = "" if language == "zh" else " "
        for number in range(max(1, round(self.stories * SHARES[language]))):
            clauses = story(number * len(LANGUAGES) + offset, self.seed)
            yield gap.join(say(clause, language) for clause in clauses)

    def fingerprint(self, language: str) -> str:
        """Changes with the size, the seed, and whatever the sentences are made from."""
        text = f"demo:{language}:{self.stories}:{self.seed}:{_made_from(language)}"
        return hashlib.sha256(text.encode()).hexdigest()


@cache
def _made_from(language: str) -> str:
    """SHA-256 of the word list and of the code that turns it into sentences."""
    folder = lexicon_module.FOLDER.parent
    files = [
        folder / "lexicons" / f"{language}.lex",
        *sorted(folder.glob("*.py")),
        *sorted((folder / "grammars").glob("*.py")),
    ]
    return " ".join(sha256(file) for file in files)
