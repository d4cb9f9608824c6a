"""Hindustani, the grammar that Hindi and Urdu share: split ergativity, agreement, obliques.

In the past, the agent of a transitive verb takes "ne" and the verb agrees with an unmarked object,
or stands in the masculine singular when there is none; verbs such as "lana" (bring) do without
"ne", and "milna" (find) and "mahsus hona" (feel) put whoever finds or feels in the dative. Known
beings that are seen take "ko". Family elders and the teacher are spoken of in the plural of
respect. Agreement is written m, mp, f or fp: gender, and "p" for plural.
"""

from collections.abc import Mapping
from dataclasses import dataclass

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
from analysis.text.demo.grammars import rice
from analysis.text.demo.grammars.surface import finish, join
from analysis.text.demo.lexicon import Lexicon

_AFLOAT = ("fish", "boat")
"""What is in the water, not beside it."""


@dataclass(frozen=True)
class Script:
    """Function words and endings, as Hindi or Urdu writes them."""

    ne: str
    ko: str
    se: str
    both: str
    no: str
    some: str
    some_oblique: str
    be: str
    numbers: Mapping[int, str]
    habitual: Mapping[str, str]
    present: Mapping[str, str]
    past: Mapping[str, str]
    stop: str


def sentence(clause: Clause, words: Lexicon, script: Script) -> str:
    """One plain Hindi or Urdu sentence; verb last, time first."""
    match clause:
        case Action():
            core = _action(clause, words, script)
        case Motion():
            core = _motion(clause, words, script)
        case Location(theme=theme):
            being = _be(clause, words[theme, "agrees"], script)
            core = join(words[theme, "one"], _at(theme, clause.place, words), being)
        case Presence(theme=phrase):
            thing = _phrase(phrase, words, script)
            being = _be(clause, _agreement(phrase, words), script)
            core = join(_at(phrase.noun, clause.place, words), thing, being)
        case Quality(theme=theme):
            agrees = words[theme, "agrees"]
            being = _be(clause, agrees, script)
            quality = _adjective(clause.quality, theme, agrees, words)
            core = join(words[theme, "one"], quality, being)
        case Happening():
            core = join(words[clause.place, "at"], words[clause.event, "one"])
            core = join(core, words[clause.event, "verb"])
    return finish(join(words[clause.time, "form"] if clause.time else "", core), script.stop)


def _action(clause: Action, words: Lexicon, script: Script) -> str:
    verb, thing = clause.verb, clause.object
    hosted = _hosted(clause)
    case = words[verb, "agent"]
    marker = script.ko if case == "ko" else ""
    if case == "ne" and clause.tense == "past":
        marker = script.ne
    subject = f" {script.both} ".join(
        words[agent, "oblique" if marker else "one"] for agent in clause.agents
    )
    link = words[verb, "link"] if hosted else ""
    if thing and words[verb, "object"] == "ko" and _known_being(thing):
        link = script.ko
    grown = rice.stage(clause) == "growing" and thing is not None and thing.noun == "rice"
    agrees = _together(clause.agents, words)
    if marker:
        agrees = words[verb, "host_agrees"] if hosted else ""
        if not agrees:
            agrees = "m" if link or not thing else _agreement(thing, words)
        if grown:
            agrees = words["rice", "growing_agrees"]
    spoken = ""
    if grown:
        spoken = words["rice", "growing"]
    elif thing:
        spoken = _phrase(thing, words, script, oblique=bool(link), negated=clause.negated)
    return join(
        subject,
        marker,
        _scene(clause, words, script),
        join(words[clause.recipient, "oblique"], script.ko) if clause.recipient else "",
        join(spoken, link),
        words[verb, "host"] if hosted else "",
        _finite(verb, agrees, clause.tense, words, script, negated=clause.negated),
    )


def _motion(clause: Motion, words: Lexicon, script: Script) -> str:
    agrees = _together(clause.agents, words)
    return join(
        f" {script.both} ".join(words[agent, "one"] for agent in clause.agents),
        words[clause.verb, "host"],
        words[clause.place, "to"],
        _finite(clause.verb, agrees, clause.tense, words, script, negated=clause.negated),
    )


def _scene(clause: Action, words: Lexicon, script: Script) -> str:
    """Where it happens; one buys "from" the shop."""
    if clause.place is None:
        return ""
    if clause.verb == "buy":
        return join(words[clause.place, "oblique"], script.se)
    return words[clause.place, "at"]


def _hosted(clause: Action) -> bool:
    """Whether the verb's noun is said: one hears the voice of a bird, but hears a song."""
    if clause.object is None:
        return True
    if clause.verb == "hear":
        return clause.object.noun in (*world.ANIMALS, "drum")
    return clause.verb != "draw" or clause.object.noun != "picture"


def _known_being(phrase: Phrase) -> bool:
    return phrase.definite and phrase.noun in (*world.PERSONS, *world.ANIMALS)


def _together(agents: tuple[str, ...], words: Lexicon) -> str:
    """Agreement with the agents: feminine only if all are."""
    if len(agents) == 1:
        return words[agents[0], "agrees"]
    return "fp" if all(words[agent, "agrees"][0] == "f" for agent in agents) else "mp"


def _agreement(phrase: Phrase, words: Lexicon) -> str:
    agrees = words[phrase.noun, "agrees"]
    return f"{agrees[0]}p" if phrase.count > 1 else agrees


def _phrase(
    phrase: Phrase, words: Lexicon, script: Script, *, oblique: bool = False, negated: bool = False
) -> str:
    noun, agrees = phrase.noun, _agreement(phrase, words)
    if phrase.count > 1:
        form, first = "many_oblique" if oblique else "many", script.numbers[phrase.count]
    else:
        form, first = "oblique" if oblique else "one", ""
        if not phrase.definite and words[noun, "many"]:
            first = script.numbers[1]
            if negated:
                first = script.some_oblique if oblique else script.some
    quality = ""
    if phrase.quality:
        agrees = "mp" if oblique and agrees == "m" else agrees
        quality = _adjective(phrase.quality, noun, agrees, words)
    return join(first, quality, words[noun, form])


def _adjective(quality: str, noun: str, agrees: str, words: Lexicon) -> str:
    """The adjective; its masculine plural is also its masculine oblique."""
    form = "f" if agrees[0] == "f" else agrees
    if words.kind(quality) == "varied" and noun in world.ANIMALS:
        form = f"living_{form}"
    return words[quality, form]


def _at(theme: str, place: str, words: Lexicon) -> str:
    return (words[place, "within"] if theme in _AFLOAT else "") or words[place, "at"]


def _be(clause: Location | Presence | Quality, agrees: str, script: Script) -> str:
    """To be, now or in the past; what is so every day or in summer wants the habitual."""
    negated = not isinstance(clause, Presence) and clause.negated
    if clause.tense == "present" and clause.time not in (None, "today"):
        return _habitual(script.be, agrees, script, negated=negated)
    form = (script.past if clause.tense == "past" else script.present)[agrees]
    return join(script.no if negated else "", form)


def _habitual(stem: str, agrees: str, script: Script, *, negated: bool) -> str:
    """The present; its auxiliary yields to "no", and then the verb alone shows the plural."""
    if negated:
        return join(script.no, f"{stem}{script.habitual[agrees]}")
    ending = script.habitual["f" if agrees == "fp" else agrees]
    return join(f"{stem}{ending}", script.present[agrees])


def _finite(
    verb: str, agrees: str, tense: Tense, words: Lexicon, script: Script, *, negated: bool
) -> str:
    """The verb, with "no" before it; a vector verb yields to "no"."""
    first, stem = "", words[verb, "stem"]
    if words[verb, "vector"] and not negated:
        first, verb = stem, words[verb, "vector"]
        stem = words[verb, "stem"]
    if tense == "past":
        return join(first, script.no if negated else "", words[verb, agrees])
    return join(first, _habitual(stem, agrees, script, negated=negated))
