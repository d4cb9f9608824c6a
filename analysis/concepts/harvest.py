"""One pass over documents: the sentences that show concepts, a bounded number of each.

1. A document belongs to the part "test" or "select" by a hash of its text, so that no document
   chooses experts and tests them as well.
2. Its sentences of an accepted length are searched for concepts (`analysis.concepts.matching`).
3. A sentence has a *priority*: a seeded hash of its words, case and digits aside. Of a concept's
   sentences those of lowest priority are kept, first within the document, then of all (bottom-k
   sampling). So the choice is uniform and depends on neither order nor number of processes; memory
   does not grow with the text; and repetitions, whose priority is the same, count once.
4. Sentences that show no concept are kept in the same way, to serve as negatives.

What one pass kept can be merged with what others kept of the same language.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from analysis.concepts.matching import Matcher
from analysis.concepts.settings import BuildSettings
from analysis.seeds import derive
from analysis.text.sentences import sentences

SPARE = 1.5
"""Sentences kept for each that is wanted: near-duplicates are dropped later."""

NEUTRAL = 10
"""Sentences without a concept that are kept, for each positive that a concept may have."""

LONGEST = 1000
"""Characters beyond which a sentence is not even cut into words."""

_NO_CONCEPT = -1
_DIGITS = re.compile(r"\d+")


class Sentence(NamedTuple):
    """A sentence that was kept. Ordered by priority, of repetitions by document."""

    priority: int
    document: int
    """Hash of its document."""
    origin: str
    """Name of the source that its document stands in."""
    test: bool
    text: str
    concepts: tuple[int, ...]
    """Numbers of the concepts that it shows."""


@dataclass
class Counts:
    """What was read: documents, sentences, those of an accepted length that show a concept (by
    concept), and sentences of any length by pattern found in them.
    """

    documents: int = 0
    sentences: int = 0
    accepted: int = 0
    found: Counter[int] = field(default_factory=Counter)
    patterns: Counter[int] = field(default_factory=Counter)

    def add(self, other: "Counts") -> None:
        """Add what another pass counted."""
        self.documents += other.documents
        self.sentences += other.sentences
        self.accepted += other.accepted
        self.found.update(other.found)
        self.patterns.update(other.patterns)


class Harvest:
    """The sentences of one language kept so far."""

    def __init__(self, language: str, matcher: Matcher, settings: BuildSettings) -> None:
        self.counts = Counts()
        self._language = language
        self._matcher = matcher
        self._settings = settings
        self._key = derive(settings.seed, "concepts/priority", language).to_bytes(8, "little")
        self._split = derive(settings.seed, "concepts/part").to_bytes(8, "little")
        self._bound = int(settings.test_share * 2**64)
        self._kept: dict[tuple[int, bool], _Lowest] = {}

    def read(self, documents: Iterable[str], origin: str) -> Iterator[int]:
        """Read documents, giving back the number read after each."""
        for number, text in enumerate(documents, start=1):
            self._read(text, origin)
            yield number

    def _read(self, text: str, origin: str) -> None:
        document = _hash(text, self._split)
        test = document < self._bound
        settings, counts, matcher = self._settings, self.counts, self._matcher
        found, patterns = counts.found, counts.patterns
        counts.documents += 1
        mine: dict[int, list[Sentence]] = {}
        for sentence in sentences(text, self._language):
            counts.sentences += 1
            if len(sentence) > LONGEST:
                continue
            words = matcher.words(sentence)
            places = matcher.search(words)
            for place in places:
                patterns[place] += 1
            if not settings.shortest <= len(words) <= settings.longest:
                continue
            counts.accepted += 1
            shown, doubtful = matcher.concepts_of(places)
            if doubtful and not shown:
                continue
            for concept in shown:
                found[concept] += 1
            letters = _DIGITS.sub("", "".join(words)).casefold()
            kept = Sentence(
                _hash(letters, self._key), document, origin, test, sentence, tuple(sorted(shown))
            )
            for concept in shown or (_NO_CONCEPT,):
                mine.setdefault(concept, []).append(kept)
        for concept, own in mine.items():
            for kept in sorted(set(own))[: settings.per_document]:
                self._offer(concept, kept)

    def add(self, kept: Iterable[Sentence]) -> None:
        """Add what another pass over text of this language kept."""
        for sentence in kept:
            for concept in sentence.concepts or (_NO_CONCEPT,):
                self._offer(concept, sentence)

    def kept(self) -> list[Sentence]:
        """All sentences kept, by priority, of repetitions the one whose document's hash is lowest.

        Sentences with a concept whose place in its own sample was taken by others are among them
        when they are in the sample of another concept.
        """
        chosen: dict[int, Sentence] = {}
        for lowest in self._kept.values():
            for sentence in lowest.values():
                former = chosen.get(sentence.priority)
                if former is None or sentence < former:
                    chosen[sentence.priority] = sentence
        return [chosen[priority] for priority in sorted(chosen)]

    def _offer(self, concept: int, sentence: Sentence) -> None:
        place = concept, sentence.test
        lowest = self._kept.get(place)
        if lowest is None:
            lowest = self._kept[place] = _Lowest(self._room(*place))
        lowest.offer(sentence)

    def _room(self, concept: int, test: bool) -> int:
        """Sentences to keep of a concept in a part."""
        settings = self._settings
        if concept == _NO_CONCEPT:
            share = settings.test_share if test else 1 - settings.test_share
            return round(NEUTRAL * settings.positives * share)
        return round(SPARE * wanted(settings, test=test))


def wanted(settings: BuildSettings, *, test: bool) -> int:
    """Positives of a concept that a part shall have: at least one in each."""
    testing = min(max(1, round(settings.positives * settings.test_share)), settings.positives - 1)
    return testing if test else settings.positives - testing


class _Lowest:
    """The sentences of lowest priority among all that are offered."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._sentences: dict[int, Sentence] = {}
        self._bound = 2**64

    def offer(self, sentence: Sentence) -> None:
        if sentence.priority >= self._bound:
            return
        former = self._sentences.get(sentence.priority)
        if former is None or sentence < former:
            self._sentences[sentence.priority] = sentence
            if len(self._sentences) >= 2 * self._room:
                self._shrink()

    def values(self) -> Sequence[Sentence]:
        self._shrink()
        return list(self._sentences.values())

    def _shrink(self) -> None:
        if len(self._sentences) > self._room:
            lowest = sorted(self._sentences)[: self._room]
            self._sentences = {priority: self._sentences[priority] for priority in lowest}
            self._bound = lowest[-1] + 1


def _hash(text: str, key: bytes) -> int:
    digest = hashlib.blake2b(text.encode(), digest_size=8, key=key).digest()
    return int.from_bytes(digest, "little")
