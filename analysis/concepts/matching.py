"""Finding the concepts of a lexicon in sentences: whole words, the longest first.

How a sentence is searched:

1. it is cut into folded words (`analysis.text.words`), and so were the forms of all patterns;
2. all patterns are looked for at once (Aho-Corasick), whole words only; of a concept's own that
   begin at one place the longest counts, and nothing else of that concept inside it;
3. a word of the lexicon shows its concept; a phrase under `not` leaves the concept in doubt.

Case counts: a form in lower case also matches a word with a capital that begins the sentence, but
no other, for a capital inside a sentence means a name. A form with a capital matches as it stands.

Which sentences are *negatives* of a concept is asked more carefully (`Matcher.near`): not one that
has any of its forms in another case, any excluded phrase, or a word that begins like one of its
stems, for that might be a form that the lexicon forgot.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ahocorasick_rs import AhoCorasick, Implementation

from analysis.concepts.lexicon import Entry, Pattern
from analysis.text.words import split_lines, splitter

_SHORTEST_STEM = 3
"""Characters of a stem that a word must share to be taken for a forgotten form."""


@dataclass(frozen=True)
class Rule:
    """A pattern of the lexicon, the number of its concept, and whether it excludes it."""

    concept: int
    pattern: Pattern
    excludes: bool


def list_rules(entries: Mapping[str, Entry]) -> list[Rule]:
    """All patterns of one language, in an order that numbers them."""
    return [
        Rule(number, pattern, excludes)
        for number, entry in enumerate(entries.values())
        for excludes, patterns in ((False, entry.words), (True, entry.excluded))
        for pattern in patterns
    ]


class Matcher:
    """Searches sentences of one language for the concepts of its entries.

    Attributes:
        concepts: Names, in the order of the entries.
        patterns: All patterns, those of one concept side by side.

    """

    def __init__(self, language: str, entries: Mapping[str, Entry]) -> None:
        self.concepts = tuple(entries)
        self.patterns = list_rules(entries)
        self._meaning = [(rule.concept, rule.excludes) for rule in self.patterns]
        self.words = splitter(language)
        self._spaced = language != "zh"
        # One form may belong to several patterns: of several concepts, or twice of one.
        owners: dict[str, list[int]] = {}
        for place, rule in enumerate(self.patterns):
            for words in split_lines(rule.pattern.forms, language):
                places = owners.setdefault(_joined(words), [])
                if place not in places:
                    places.append(place)
        owners.pop(_joined([]), None)
        self._owners = list(owners.values())
        self._automaton = _automaton(list(owners))
        self._first = {form.split(maxsplit=1)[0] for form in owners}

    def search(self, words: list[str]) -> list[int]:
        """Numbers of the patterns found among the words of a sentence, concept by concept."""
        text = _joined(words)
        found = self._automaton.find_matches_as_indexes(text, overlapping=True)
        begun = f" {text[1:2].lower()}{text[2:]}"
        if begun != text and len(begun) == len(text) and self._knows_first(words):
            again = self._automaton.find_matches_as_indexes(begun, overlapping=True)
            found = list({*found, *again})
        spans: dict[int, list[tuple[int, int, int]]] = {}
        for form, start, end in found:
            for place in self._owners[form]:
                spans.setdefault(self._meaning[place][0], []).append((start, -end, place))
        return [place for own in spans.values() for place in _longest(own)]

    def concepts_of(self, found: list[int]) -> tuple[set[int], set[int]]:
        """Numbers of the concepts that patterns found in a sentence show, and those in doubt."""
        shown: set[int] = set()
        doubtful: set[int] = set()
        for place in found:
            concept, excludes = self._meaning[place]
            (doubtful if excludes else shown).add(concept)
        return shown - doubtful, doubtful

    def near(self, words: list[str]) -> set[int]:
        """Numbers of the concepts that a sentence may show, all that are found in it included."""
        automaton, concepts = self._stems
        text = (_joined(words) if self._spaced else "".join(words)).casefold()
        found = automaton.find_matches_as_indexes(text, overlapping=True)
        sure = {self._meaning[place][0] for place in self.search(words)}
        return sure.union(*(concepts[form] for form, _, _ in found))

    @cached_property
    def _stems(self) -> tuple[AhoCorasick, list[set[int]]]:
        """What to look for in `near`, and the concepts that each may mean."""
        concepts: dict[str, set[int]] = {}
        for rule in self.patterns:
            stem = re.split(r"[({]", rule.pattern.text)[0]
            for form in [stem] if stem else rule.pattern.forms:
                key = self._stem(form)
                if key.strip():
                    concepts.setdefault(key, set()).add(rule.concept)
        return _automaton(list(concepts)), list(concepts.values())

    def _stem(self, form: str) -> str:
        """What words that begin like `form` have in common, as `near` sees them."""
        words = self.words(form)
        if not self._spaced:
            return "".join(words)
        key = _joined(words).casefold()
        return key.rstrip() if len(words) == 1 and len(words[0]) >= _SHORTEST_STEM else key

    def _knows_first(self, words: list[str]) -> bool:
        """Whether any form begins with the first word in lower case."""
        return bool(words) and words[0][0].lower() + words[0][1:] in self._first


def _joined(words: list[str]) -> str:
    """Words as the automaton sees them: each between its own spaces, so that whole ones match."""
    return f" {'  '.join(words)} "


def _longest(spans: list[tuple[int, int, int]]) -> list[int]:
    """Places of the spans (start, -end, place) that count, left to right, the longest first."""
    if len(spans) == 1:
        return [spans[0][2]]
    spans.sort()
    counted: list[tuple[int, int, int]] = []
    for span in spans:
        # The same words may be a form of two patterns.
        if not counted or span[0] >= -counted[-1][1] or span[:2] == counted[-1][:2]:
            counted.append(span)
    return [place for _, _, place in counted]


def _automaton(forms: list[str]) -> AhoCorasick:
    return AhoCorasick(forms, implementation=Implementation.ContiguousNFA)
