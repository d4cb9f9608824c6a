"""Finding concepts in sentences: the builder's pass over text, against a regex for each concept."""

import re
from time import perf_counter

from analysis.concepts.harvest import Harvest
from analysis.concepts.lexicon import Entry, read_lexicon
from analysis.concepts.matching import Matcher
from analysis.concepts.settings import BuildSettings
from analysis.text.demo.corpus import DemoSource
from analysis.text.sentences import sentences

LANGUAGES = ("en", "ta", "zh")
STORIES = 12_000
SAMPLE = 400
"""Sentences that the regexes are timed on."""


def rows() -> list[tuple[str, str, str, str]]:
    """What was measured, ours, theirs, ratio."""
    return [_row(language) for language in LANGUAGES]


def _row(language: str) -> tuple[str, str, str, str]:
    entries = read_lexicon([language]).entries[language]
    documents = list(DemoSource(STORIES).documents(language))
    harvest = Harvest(language, Matcher(language, entries), BuildSettings())
    start = perf_counter()
    for _ in harvest.read(documents, "demo"):
        pass
    ours = harvest.counts.sentences / (perf_counter() - start)
    patterns = [_regex(entry) for entry in entries.values()]
    some = [one for text in documents[:SAMPLE] for one in sentences(text, language)][:SAMPLE]
    start = perf_counter()
    for one in some:
        for pattern in patterns:
            pattern.search(one)
    theirs = len(some) / (perf_counter() - start)
    name = f"concepts in text, {language}: split, found and sampled, against a regex per concept"
    return name, f"{ours:,.0f} sentences/s", f"{theirs:,.0f} sentences/s", f"{ours / theirs:,.0f}x"


def _regex(entry: Entry) -> re.Pattern[str]:
    """Any form of the concept between borders of words."""
    forms = sorted({form for word in entry.words for form in word.forms}, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, forms))})\b")
