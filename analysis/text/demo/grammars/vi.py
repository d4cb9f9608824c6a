"""Vietnamese: classifiers mark what is known or counted (con chó, hai con chó); no inflection.

"Đã" marks the past of an action when no time does; "không" negates, "nào" is the "any" of what
there is not. Where there is something new the place comes first, with "có". A gradable quality
stands as a predicate with "rất": as a bare adjective after a noun it would be its attribute.
"""

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
from analysis.text.demo.grammars.partners import fitting, sounds
from analysis.text.demo.grammars.rice import Stage, stage
from analysis.text.demo.grammars.surface import finish, join
from analysis.text.demo.lexicon import Lexicon

NUMBERS = {1: "một", 2: "hai", 3: "ba", 4: "bốn"}
MASS = frozenset({"food", "grain", "material", "emotion"})


def sentence(clause: Clause, words: Lexicon) -> str:
    """One plain Vietnamese sentence."""
    match clause:
        case Action():
            core = join(_subject(clause.agents, words), _marker(clause), _deed(clause, words))
        case Motion():
            verb = join(_marker(clause), words[clause.verb, "form"])
            core = join(_subject(clause.agents, words), verb, words[clause.place, "to"])
        case Location():
            place = fitting(words, clause.place, "at", clause.theme)
            stay = place if place.startswith("ở ") else f"ở {place}"
            core = join(_known(clause.theme, words), "không" if clause.negated else "", stay)
        case Presence():
            place = fitting(words, clause.place, "at", clause.theme.noun)
            core = join(place, "có", _phrase(clause.theme, "one", words))
        case Quality():
            theme = fitting(words, clause.theme, "one", "known", stage(clause))
            core = join(theme, _predicate(clause, words))
        case Happening():
            place = fitting(words, clause.place, "at", clause.event)
            core = join(place, "" if clause.time else "đã", words[clause.event, "happened"])
    if clause.time is None:
        return finish(core)
    return finish(f"{words[clause.time, 'form']}, {core}")


def _known(noun: str, words: Lexicon) -> str:
    return fitting(words, noun, "one", "known")


def _subject(agents: tuple[str, ...], words: Lexicon) -> str:
    return " và ".join(_known(agent, words) for agent in agents)


def _marker(clause: Action | Motion) -> str:
    if clause.negated:
        return "không"
    return "đã" if clause.tense == "past" and clause.time is None else ""


def _deed(clause: Action, words: Lexicon) -> str:
    """Verb, object, recipient and place."""
    place = words[clause.place, "at"] if clause.place else ""
    thing = clause.object
    if thing is None:
        return join(words[clause.verb, "form"], place)
    verb = fitting(words, clause.verb, "form", thing.noun, words.kind(thing.noun))
    heard = clause.verb == "hear" and sounds(thing.noun, words)
    phrase = _phrase(thing, stage(clause), words, clause.negated)
    recipient = f"cho {_known(clause.recipient, words)}" if clause.recipient else ""
    verb = join(verb, "tiếng" if heard else "")
    return join(verb, phrase, words[clause.verb, "after"], recipient, place)


def _phrase(phrase: Phrase, growth: Stage, words: Lexicon, negated: bool = False) -> str:
    """Number, classifier, noun and quality; "any" of what there is not."""
    noun = fitting(words, phrase.noun, "one", "known" if phrase.definite else "", growth)
    quality = ""
    if phrase.quality:
        quality = fitting(words, phrase.quality, "form", phrase.noun, words.kind(phrase.noun))
    if phrase.definite or words.kind(phrase.noun) in MASS:
        return join(noun, quality)
    if negated:
        return join(noun, quality, "nào")
    return join(NUMBERS[phrase.count], noun, quality)


def _predicate(clause: Quality, words: Lexicon) -> str:
    quality = fitting(words, clause.quality, "form", clause.theme, words.kind(clause.theme))
    kind = words.kind(clause.quality)
    if kind == "colour":
        return join("không" if clause.negated else "", "có màu", quality)
    if clause.negated:
        return join("không", quality)
    return join("" if kind == "condition" else "rất", quality)
