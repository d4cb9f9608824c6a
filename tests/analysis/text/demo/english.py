"""From an English sentence of the demo corpus back to the clauses that it may stand for."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import product

from analysis.text.demo import world
from analysis.text.demo.clauses import (
    Action,
    Clause,
    Happening,
    Location,
    Motion,
    Phrase,
    Presence,
    Quality,
    Tense,
)
from analysis.text.demo.grammars import say
from analysis.text.demo.lexicon import Lexicon, read_lexicon

TENSES: tuple[Tense, ...] = ("past", "present")
_SUBJECT = re.compile(r"the (?P<first>\w+)(?: and the (?P<second>\w+))? (?P<rest>.+)")


def clauses_of(sentence: str) -> list[Clause]:
    """Every clause that English says with this sentence."""
    words = read_lexicon("en")
    text = sentence[0].lower() + sentence[1:].removesuffix(".")
    found: list[Clause] = []
    for time in (None, *world.TIMES):
        opening = f"{words[time, 'form']}, " if time else ""
        if text.startswith(opening):
            found += _guesses(text.removeprefix(opening), time, words)
    return [clause for clause in dict.fromkeys(found) if say(clause, "en") == sentence]


def _guesses(text: str, time: str | None, words: Lexicon) -> Iterator[Clause]:
    yield from _with_place(text, None, time, words)
    for (place, column), form in words.forms.items():
        if place in world.PLACES and column.startswith("at") and text.endswith(f" {form}"):
            yield from _with_place(text.removesuffix(f" {form}"), place, time, words)
    yield from _motions(text, time, words)


def _with_place(core: str, place: str | None, time: str | None, words: Lexicon) -> Iterator[Clause]:
    nouns = {words[noun, "one"]: noun for noun in world.NOUNS}
    there = re.fullmatch(r"there (?:is|are|was|were) (?P<thing>.+)", core)
    if there and place:
        if there["thing"] in nouns:
            yield Happening(nouns[there["thing"]], place, time)
        for phrase, tense in product(_phrases()[there["thing"]], TENSES):
            yield Presence(phrase, place, tense, time)
    being = re.fullmatch(r"the (?P<theme>\w+) (?:is|was)(?P<no> not)?(?: (?P<how>\w+))?", core)
    if being and being["theme"] in nouns:
        theme, negated = nouns[being["theme"]], being["no"] is not None
        for tense in TENSES:
            if place:
                yield Location(theme, place, tense, time, negated)
            for quality in world.QUALITIES:
                yield Quality(theme, quality, tense, time, negated)
    for agents, rest in _subjects(core, nouns):
        for verb, tense, negated, spoken in _verbs(len(agents)):
            if f"{rest} ".startswith(f"{spoken} "):
                for thing, recipient in _objects(rest.removeprefix(spoken), words):
                    yield Action(agents, verb, tense, thing, recipient, place, time, negated)


def _motions(text: str, time: str | None, words: Lexicon) -> Iterator[Clause]:
    nouns = {words[noun, "one"]: noun for noun in world.NOUNS}
    goals = {words[place, "to"]: place for place in world.PLACES}
    for agents, rest in _subjects(text, nouns):
        for verb, tense, negated, spoken in _verbs(len(agents)):
            place = goals.get(rest.removeprefix(f"{spoken} "))
            if place and verb in world.MOTION:
                yield Motion(agents, verb, place, tense, time, negated)


def _subjects(text: str, nouns: dict[str, str]) -> Iterator[tuple[tuple[str, ...], str]]:
    subject = _SUBJECT.fullmatch(text)
    if subject:
        names = [name for name in (subject["first"], subject["second"]) if name]
        if all(name in nouns for name in names):
            yield tuple(nouns[name] for name in names), subject["rest"]


def _objects(text: str, words: Lexicon) -> Iterator[tuple[Phrase | None, str | None]]:
    """What follows the verb, as object and recipient; `text` is empty or starts with a space."""
    for recipient in (None, *world.PERSONS, *world.ANIMALS):
        ending = f" to the {words[recipient, 'one']}" if recipient else ""
        if text.endswith(ending):
            thing = text[: len(text) - len(ending)].strip()
            if not thing:
                yield None, recipient
            for phrase in _phrases().get(thing, ()):
                yield phrase, recipient


@cache
def _phrases() -> dict[str, list[Phrase]]:
    """Every phrase by what English makes of it."""
    found: dict[str, list[Phrase]] = defaultdict(list)
    things = [noun for noun in world.NOUNS if noun not in world.EVENTS]
    for noun, quality in product(things, (None, *world.ATTRIBUTES)):
        for count in (1, 2, 3, 4) if noun in world.COUNTABLE else (1,):
            phrase = Phrase(noun, definite=False, count=count, quality=quality)
            text = say(Presence(phrase, "house", "present"), "en")
            found[re.sub(r"^There (is|are) | in the house\.$", "", text)].append(phrase)
    words = read_lexicon("en")
    for noun in things:
        found[f"the {words[noun, 'one']}"].append(Phrase(noun))
    return found


@cache
def _verbs(agents: int) -> list[tuple[str, Tense, bool, str]]:
    """Every verb, tense and negation with what English makes of them."""
    subject = ("boy", "girl")[:agents]
    said = [
        (verb, tense, negated, say(Motion(subject, verb, "house", tense, None, negated), "en"))
        for verb, tense, negated in product(world.VERBS, TENSES, (False, True))
    ]
    start = len("The boy and the girl " if agents > 1 else "The boy ")
    return [(*rest, text[start : -len(" to the house.")]) for *rest, text in said]  # type: ignore[misc]
