"""Arabic: verb first, agreeing with its first agent; duals, polarity after 3 and 4, لم and ليس.

Counted things and animals take a dual adjective after the dual and a feminine singular one after
three and four. Persons bear no attributes in this world, so plural human adjectives are not needed.
"""

from typing import Literal

from analysis.text.demo.clauses import (
    Action,
    Clause,
    Happening,
    Location,
    Motion,
    Phrase,
    Presence,
    Quality,
)
from analysis.text.demo.grammars.partners import fitting
from analysis.text.demo.grammars.surface import finish, join
from analysis.text.demo.lexicon import Lexicon

Case = Literal["nominative", "accusative", "genitive"]

# By the gender of the counted noun: the numeral takes the opposite ending.
NUMBERS = {(3, "m"): "ثلاثة", (3, "f"): "ثلاث", (4, "m"): "أربعة", (4, "f"): "أربع"}
WAS = {"m": "كان", "f": "كانت"}
WAS_NOT = {"m": "لم يكن", "f": "لم تكن"}
IS_NOT = {"m": "ليس", "f": "ليست"}
USED_TO_BE = {"m": "يكون", "f": "تكون"}
THERE_IS = {"m": "يوجد", "f": "توجد"}


def sentence(clause: Clause, words: Lexicon) -> str:
    """One plain sentence of Modern Standard Arabic."""
    time = words[clause.time, "form"] if clause.time else ""
    match clause:
        case Action():
            core = join(_verb(clause, words), _subject(clause.agents, words))
            core = join(core, _objects(clause, words))
            core = join(core, _at(clause.place, words, clause.agents[0], clause.verb))
        case Motion():
            core = join(_verb(clause, words), _subject(clause.agents, words))
            core = join(core, words[clause.place, "to"])
        case Presence(theme=theme):
            gender = words[theme.noun, "gender"]
            verb = WAS[gender] if clause.tense == "past" else THERE_IS[gender]
            core = join(verb, _at(clause.place, words, theme.noun))
            core = join(core, _phrase(theme, "nominative", words))
        case Happening():
            where = _at(clause.place, words, clause.event)
            core = join(words[clause.event, "happened"], where)
        case Location() | Quality():
            return finish(_state(clause, time, words))
    return finish(join(time, core))


def _verb(clause: Action | Motion, words: Lexicon) -> str:
    feminine = words[clause.agents[0], "gender"] == "f"
    thing = clause.object if isinstance(clause, Action) else None
    beside = (words.kind(thing.noun),) if thing else ()
    if clause.tense == "past" and not clause.negated:
        return fitting(words, clause.verb, "past_f" if feminine else "past", *beside)
    form = fitting(words, clause.verb, "jussive" if clause.tense == "past" else "present", *beside)
    if feminine:
        form = f"ت{form.removeprefix('ي')}"
    if not clause.negated:
        return form
    return join("لم" if clause.tense == "past" else "لا", form)


def _subject(agents: tuple[str, ...], words: Lexicon) -> str:
    return " و".join(words[agent, "the"] for agent in agents)


def _objects(clause: Action, words: Lexicon) -> str:
    """What is acted on; the receiver of something new is a first object, else it has a li-."""
    if clause.object is None:
        return ""
    by = words[clause.verb, "by"]
    thing = _phrase(clause.object, "genitive" if by else "accusative", words)
    if clause.recipient and clause.object.definite:
        return join(thing, f"لل{words[clause.recipient, 'the'].removeprefix('ال')}")
    if clause.recipient:
        return join(words[clause.recipient, "the"], thing)
    # A preposition of one letter is written together with its noun.
    return f"{by}{thing}" if len(by) == 1 else join(by, thing)


def _state(clause: Location | Quality, time: str, words: Lexicon) -> str:
    """Where or how something is: a verbless sentence, or one with kāna outside the present."""
    theme = words[clause.theme, "the"]
    gender = words[clause.theme, "gender"]
    habitual = clause.time not in (None, "today")
    verbless = clause.tense == "present" and not clause.negated and not habitual
    if isinstance(clause, Location):
        rest = _at(clause.place, words, clause.theme)
    else:
        case: Case = "nominative" if verbless else "accusative"
        rest = _quality(clause.quality, clause.theme, case, words)
    if verbless:
        return join(theme, rest, time)
    if clause.tense == "past":
        verb = (WAS_NOT if clause.negated else WAS)[gender]
    elif habitual:
        verb = join("لا" if clause.negated else "", USED_TO_BE[gender])
    else:
        return join(IS_NOT[gender], theme, rest, time)
    return join(time, verb, theme, rest)


def _at(place: str | None, words: Lexicon, *partners: str) -> str:
    return fitting(words, place, "at", *partners) if place else ""


def _phrase(phrase: Phrase, case: Case, words: Lexicon) -> str:
    noun = phrase.noun
    if phrase.definite or words.kind(noun) == "emotion":
        return words[noun, "the"]
    if phrase.count > 2:
        number = NUMBERS[phrase.count, words[noun, "gender"]]
        quality = _adjective(phrase.quality, noun, "f", words) if phrase.quality else ""
        return join(number, words[noun, "few"], quality)
    if phrase.count == 2:
        form = words[noun, "two" if case == "nominative" else "two_acc"]
        return join(form, _dual(phrase.quality, noun, case, words) if phrase.quality else "")
    form = words[noun, "acc" if case == "accusative" else "one"]
    return join(form, _quality(phrase.quality, noun, case, words) if phrase.quality else "")


def _quality(quality: str, noun: str, case: Case, words: Lexicon) -> str:
    """An indefinite singular adjective agreeing with its noun."""
    if words[noun, "gender"] == "f":
        return _adjective(quality, noun, "f", words)
    return _adjective(quality, noun, "acc" if case == "accusative" else "m", words)


def _dual(quality: str, noun: str, case: Case, words: Lexicon) -> str:
    stem = _adjective(quality, noun, words[noun, "gender"], words)
    if stem.endswith("اء"):
        stem = f"{stem[:-1]}و"
    elif stem.endswith("ة"):
        stem = f"{stem[:-1]}ت"
    return f"{stem}{'ان' if case == 'nominative' else 'ين'}"


def _adjective(quality: str, noun: str, column: str, words: Lexicon) -> str:
    animal = words[quality, f"{column}_animal"] if words.kind(noun) == "animal" else ""
    return animal or words[quality, column]
