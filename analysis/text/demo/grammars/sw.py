"""Swahili: noun classes agree on verb, adjective and numeral; negation is a form of the verb.

Persons and animals agree as classes 1 and 2; a known one is marked on the verb as its object, as is
the receiver of a gift. Otherwise whether a thing is known is left unsaid, as Swahili leaves it.
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
from analysis.text.demo.grammars.partners import fitting
from analysis.text.demo.grammars.surface import finish, join
from analysis.text.demo.lexicon import Lexicon

PLURAL = {"1": "2", "3": "4", "5": "6", "7": "8", "9": "10", "11": "10"}
SUBJECT = {"1": "a", "2": "wa", "3": "u", "4": "i", "5": "li", "6": "ya",
           "7": "ki", "8": "vi", "9": "i", "10": "zi", "11": "u"}  # fmt: skip
JOINING = {"1": "wa", "2": "wa", "3": "wa", "4": "ya", "5": "la", "6": "ya",
           "7": "cha", "8": "vya", "9": "ya", "10": "za", "11": "wa"}  # fmt: skip
ADJECTIVE_CLASS = {"10": "9", "11": "3"}
NUMBERS = {
    "2": {2: "wawili", 3: "watatu", 4: "wanne"},
    "4": {2: "miwili", 3: "mitatu", 4: "minne"},
    "6": {2: "mawili", 3: "matatu", 4: "manne"},
    "8": {2: "viwili", 3: "vitatu", 4: "vinne"},
    "10": {2: "mbili", 3: "tatu", 4: "nne"},
}
AFLOAT = ("fish", "boat")


def sentence(clause: Clause, words: Lexicon) -> str:
    """One plain Swahili sentence."""
    match clause:
        case Action():
            recipient = words[clause.recipient, "one"] if clause.recipient else ""
            thing = _phrase(clause.object, words, clause.verb) if clause.object else ""
            core = join(_subject(clause.agents, words), _verb(clause, words), recipient, thing)
            core = join(core, _at(clause.agents[0], clause.place, words))
        case Motion():
            core = join(_subject(clause.agents, words), _verb(clause, words))
            core = join(core, words[clause.verb, "towards"], words[clause.place, "to"])
        case Location():
            core = join(words[clause.theme, "one"], _is_at(clause, words))
            core = join(core, _at(clause.theme, clause.place, words))
        case Presence(theme=theme):
            core = join("kulikuwa na" if clause.tense == "past" else "kuna", _phrase(theme, words))
            core = join(core, _at(theme.noun, clause.place, words))
        case Quality():
            core = join(_noun(clause.theme, words, clause.quality), _predicate(clause, words))
        case Happening():
            core = join(words[clause.event, "happened"], words[clause.place, "in"])
    return finish(join(words[clause.time, "form"] if clause.time else "", core))


def _subject(agents: tuple[str, ...], words: Lexicon) -> str:
    return " na ".join(words[agent, "one"] for agent in agents)


def _verb(clause: Action | Motion, words: Lexicon) -> str:
    """Subject, tense, object and stem in one word; agents are persons and animals."""
    subject = "wa" if len(clause.agents) > 1 else "a"
    thing = clause.object if isinstance(clause, Action) else None
    beside = (words.kind(thing.noun),) if thing else ()
    stem = fitting(words, clause.verb, "stem", *beside)
    full = fitting(words, clause.verb, "full", *beside)
    mark = _object_mark(clause, stem, words) if isinstance(clause, Action) else ""
    if not clause.negated:
        return f"{subject}{'li' if clause.tense == 'past' else 'na'}{mark + stem if mark else full}"
    negative = "hawa" if subject == "wa" else "ha"
    if clause.tense == "present":
        return f"{negative}{mark}{fitting(words, clause.verb, 'not', *beside)}"
    # Short verbs bear the ku- of the negative past already: hakula, hakwenda.
    return f"{negative}{full}" if full != stem and not mark else f"{negative}ku{mark}{stem}"


def _object_mark(clause: Action, stem: str, words: Lexicon) -> str:
    """The prefix for a known person or animal: m-, before a vowel mw-, before u mu-."""
    thing = clause.object
    known = thing is not None and thing.definite and _animate(thing.noun, words)
    if not known and clause.recipient is None:
        return ""
    return "mu" if stem[0] == "u" else "mw" if stem[0] in "aeio" else "m"


def _at(theme: str, place: str | None, words: Lexicon) -> str:
    return words[place, "in" if theme in AFLOAT else "at"] if place else ""


def _is_at(clause: Location, words: Lexicon) -> str:
    if clause.tense == "past":
        return _was(clause.theme, words, negated=clause.negated)
    subject = SUBJECT[_class(clause.theme, words)]
    return f"{'ha' if clause.negated else ''}{'yu' if subject == 'a' else subject}ko"


def _was(theme: str, words: Lexicon, *, negated: bool) -> str:
    subject = SUBJECT[_class(theme, words)]
    if not negated:
        return f"{subject}likuwa"
    return "hakuwa" if subject == "a" else f"ha{subject}kuwa"


def _predicate(clause: Quality, words: Lexicon) -> str:
    if words.kind(clause.quality) == "state":
        verb = "is" if clause.tense == "present" else "was"
        return words[clause.quality, f"{verb}_not" if clause.negated else verb]
    if clause.tense == "past":
        verb = _was(clause.theme, words, negated=clause.negated)
    else:
        verb = "si" if clause.negated else "ni"
    return join(verb, _quality(clause.quality, _class(clause.theme, words), words))


def _phrase(phrase: Phrase, words: Lexicon, verb: str | None = None) -> str:
    """Noun, adjective, numeral; what is joined by -a comes last."""
    noun_class = _class(phrase.noun, words)
    noun, number = _noun(phrase.noun, words, verb), ""
    if phrase.count > 1:
        noun_class = PLURAL[noun_class]
        noun, number = words[phrase.noun, "many"], NUMBERS[noun_class][phrase.count]
    if phrase.quality is None:
        return join(noun, number)
    quality = _quality(phrase.quality, noun_class, words)
    if quality.startswith(f"{JOINING[noun_class]} "):
        return join(noun, number, quality)
    return join(noun, quality, number)


def _quality(quality: str, noun_class: str, words: Lexicon) -> str:
    kind = words.kind(quality)
    if kind == "quality":
        return words[quality, ADJECTIVE_CLASS.get(noun_class, noun_class)]
    if kind == "joined":
        special = words[quality, noun_class] if noun_class in ("1", "2") else ""
        return special or f"{JOINING[noun_class]} {words[quality, 'form']}"
    return words[quality, "form"]


def _noun(noun: str, words: Lexicon, said: str | None = None) -> str:
    """The singular; grain goes by another name with some verbs and qualities."""
    if words.kind(noun) == "grain":
        if said in ("eat", "cook", "hot", "cold", "good"):
            return words[noun, "eaten"]
        if said == "plant":
            return words[noun, "grown"]
    return words[noun, "one"]


def _class(noun: str, words: Lexicon) -> str:
    return "1" if _animate(noun, words) else words[noun, "class"]


def _animate(noun: str, words: Lexicon) -> bool:
    return words.kind(noun) in ("person", "animal")
