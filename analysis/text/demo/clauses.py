"""Meanings: what a sentence of the demo corpus says, before any language says it.

A `Clause` names lexemes of `world.py` by their identifiers. Every grammar in `grammars/` turns
the same clause into one plain sentence of its language, so that meaning is shared and form is not.
"""

from dataclasses import dataclass
from typing import Literal

Tense = Literal["past", "present"]


@dataclass(frozen=True)
class Phrase:
    """A thing spoken of: "the dog", "a red hat", "three eggs", "bread".

    `count` 1 is one (or some of a mass noun), 2 to 4 are counted things. A definite phrase is
    known to the reader and never counted; `quality` is an attributive adjective.
    """

    noun: str
    definite: bool = True
    count: int = 1
    quality: str | None = None


@dataclass(frozen=True)
class Action:
    """Somebody does something: "In the morning the farmer sells three eggs at the market.".

    `agents` are one or two definite single persons or animals ("the boy and the girl").
    `recipient` (definite, one) goes with `give` alone; `object` is None for intransitive verbs.
    """

    agents: tuple[str, ...]
    verb: str
    tense: Tense
    object: Phrase | None = None
    recipient: str | None = None
    place: str | None = None
    time: str | None = None
    negated: bool = False


@dataclass(frozen=True)
class Motion:
    """Somebody goes somewhere: "Yesterday the girl went to the river."."""

    agents: tuple[str, ...]
    verb: str
    place: str
    tense: Tense
    time: str | None = None
    negated: bool = False


@dataclass(frozen=True)
class Location:
    """Where somebody or something known is: "The dog is not in the garden."."""

    theme: str
    place: str
    tense: Tense
    time: str | None = None
    negated: bool = False


@dataclass(frozen=True)
class Presence:
    """That something new is somewhere: "There were two goats in the field."."""

    theme: Phrase
    place: str
    tense: Tense
    time: str | None = None


@dataclass(frozen=True)
class Quality:
    """How somebody or something known is: "The bread was not hot."."""

    theme: str
    quality: str
    tense: Tense
    time: str | None = None
    negated: bool = False


@dataclass(frozen=True)
class Happening:
    """That an event took place: "In winter there was a storm on the island."."""

    event: str
    place: str
    time: str | None = None


Clause = Action | Motion | Location | Presence | Quality | Happening


def lexemes(clause: Clause) -> set[str]:
    """Identifiers of every lexeme that a clause names."""
    match clause:
        case Action(agents=agents, verb=verb, object=thing, recipient=recipient):
            named = {*agents, verb, recipient, clause.place}
            if thing is not None:
                named |= {thing.noun, thing.quality}
        case Motion(agents=agents, verb=verb, place=place):
            named = {*agents, verb, place}
        case Location(theme=theme, place=place):
            named = {theme, place}
        case Presence(theme=phrase, place=place):
            named = {phrase.noun, phrase.quality, place}
        case Quality(theme=theme, quality=quality):
            named = {theme, quality}
        case Happening(event=event, place=place):
            named = {event, place}
    return {name for name in {*named, clause.time} if name is not None}
