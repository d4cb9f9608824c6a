"""Tamil: verbs agree in person, gender and honour, objects that are known or alive are accusative.

The verb stands last. One who feels is dative; negation is -வில்லை in the past and -வதில்லை in the
present; hard consonants double after accusatives, datives and colours (வீட்டுக்குச் சென்றான்),
which is written here as a final `+` until the words are joined.
"""

import re

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
from analysis.text.demo.grammars.dravidian import (
    agreement,
    counted_agreement,
    is_habitual,
    is_mass,
)
from analysis.text.demo.grammars.partners import fitting, sounds
from analysis.text.demo.grammars.rice import Stage, stage
from analysis.text.demo.grammars.surface import finish, join
from analysis.text.demo.lexicon import Lexicon

NUMBERS = {2: "இரண்டு", 3: "மூன்று", 4: "நான்கு"}
PERSONAL = {"m": "ான்", "f": "ாள்", "h": "ார்", "people": "ார்கள்"}


def sentence(clause: Clause, words: Lexicon) -> str:
    """One plain Tamil sentence."""
    match clause:
        case Action():
            core = _action(clause, words)
        case Motion():
            verb = _verb(clause, words, agreement(clause.agents, words))
            core = join(_subject(clause.agents, words), words[clause.place, "to"], verb)
        case Location():
            place = fitting(words, clause.place, "at", clause.theme)
            be = _be(clause.tense, words[clause.theme, "class"], negated=clause.negated)
            if clause.negated and is_habitual(clause):
                be = "இருப்பதில்லை"
            core = join(words[clause.theme, "one"], place, be)
        case Presence():
            place = fitting(words, clause.place, "at", clause.theme.noun)
            be = _be(clause.tense, counted_agreement(clause.theme, words))
            core = join(place, _new(clause.theme, words), be)
        case Quality():
            theme = fitting(words, clause.theme, "one", stage(clause))
            be = _be(clause.tense, words[clause.theme, "class"], negated=clause.negated)
            core = join(theme, _predicate(clause, words), be)
        case Happening():
            place = fitting(words, clause.place, "at", clause.event)
            core = join(place, words[clause.event, "happened"])
    time = words[clause.time, "form"] if clause.time else ""
    return finish(_sandhi(join(time, core)))


def _action(clause: Action, words: Lexicon) -> str:
    place = words[clause.place, "at"] if clause.place else ""
    thing = _object(clause.object, clause, words) if clause.object else ""
    if words[clause.verb, "object"] == "experience":
        feeler = _feeler(clause.agents, words)
        return join(feeler, place, thing, _verb(clause, words, "n"))
    recipient = f"{words[clause.recipient, 'dat']}+" if clause.recipient else ""
    verb = _verb(clause, words, agreement(clause.agents, words))
    return join(_subject(clause.agents, words), place, recipient, thing, verb)


def _subject(agents: tuple[str, ...], words: Lexicon) -> str:
    if len(agents) == 1:
        return words[agents[0], "one"]
    return join(*(words[agent, "and"] for agent in agents))


def _feeler(agents: tuple[str, ...], words: Lexicon) -> str:
    if len(agents) == 1:
        return f"{words[agents[0], 'dat']}+"
    return join(*(f"{words[agent, 'dat']}ம்" for agent in agents))


def _verb(clause: Action | Motion, words: Lexicon, person: str) -> str:
    thing = clause.object if isinstance(clause, Action) else None
    partner = words.kind(thing.noun) if thing else ""
    past = clause.tense == "past"
    if clause.negated:
        if past:
            return f"{fitting(words, clause.verb, 'infinitive', partner)}வில்லை"
        habit = fitting(words, clause.verb, "habit", partner)
        return f"{habit.removesuffix('ு')}ில்லை"
    if person == "n" and past:
        return fitting(words, clause.verb, "past it", partner)
    return _finite(fitting(words, clause.verb, "past" if past else "now", partner), person)


def _finite(stem: str, person: str) -> str:
    """A stem with its ending; several things have stems of their own."""
    if person == "things":
        if stem.endswith("கிற"):
            return f"{stem.removesuffix('கிற')}கின்றன"
        return stem if stem.endswith("ின") else f"{stem}ன"
    return f"{stem}து" if person == "n" else f"{stem}{PERSONAL[person]}"


def _be(tense: Tense, person: str, *, negated: bool = False) -> str:
    if negated:
        return "இருக்கவில்லை" if tense == "past" else "இல்லை"
    return _finite("இருந்த" if tense == "past" else "இருக்கிற", person)


def _predicate(clause: Quality, words: Lexicon) -> str:
    kind, person = words.kind(clause.theme), words[clause.theme, "class"]
    return fitting(words, clause.quality, "is", clause.theme, kind, person)


def _object(phrase: Phrase, clause: Action, words: Lexicon) -> str:
    """The object in the case that the verb, the noun and its novelty ask for."""
    government, noun = words[clause.verb, "object"], phrase.noun
    if government == "experience":
        return words[noun, "one"]
    if government == "dative":
        return f"{words[noun, 'dat']}+"
    mass = is_mass(noun, words)
    single = not phrase.definite and phrase.count == 1
    heard = clause.verb == "hear" and sounds(noun, words)
    may_be_bare = government == "bare" or (government == "mass" and mass)
    if single and may_be_bare and not heard and words.kind(noun) != "animal":
        bare = fitting(words, noun, "one", stage(clause))
        number = "" if mass or clause.negated else "ஒரு"
        return join(number, _attribute(phrase, words), bare)
    accusative = _accusative(phrase, stage(clause), words)
    if heard:
        accusative = f"{accusative.removesuffix('ை')}ின் சத்தத்தை"
    if single and not mass and clause.negated:
        return join("எந்த+", _attribute(phrase, words), f"{accusative}யும்")
    number = NUMBERS.get(phrase.count, "ஒரு" if single and not mass else "")
    return join(number, _attribute(phrase, words), f"{accusative}+")


def _accusative(phrase: Phrase, growth: Stage, words: Lexicon) -> str:
    if phrase.count == 1:
        return fitting(words, phrase.noun, "acc", growth)
    return f"{fitting(words, phrase.noun, 'many', growth).removesuffix('்')}ை"


def _new(phrase: Phrase, words: Lexicon) -> str:
    """A phrase in the nominative, new to the reader."""
    number = NUMBERS.get(phrase.count, "ஒரு")
    noun = words[phrase.noun, "one" if phrase.count == 1 else "many"]
    return join(number, _attribute(phrase, words), noun)


def _attribute(phrase: Phrase, words: Lexicon) -> str:
    if phrase.quality is None:
        return ""
    return fitting(words, phrase.quality, "before", phrase.noun, words.kind(phrase.noun))


def _sandhi(text: str) -> str:
    """Double hard consonants after a `+`; "one" is ஓர் before a vowel."""
    text = re.sub(r"\+ ([கசதப])", r"\1் \1", text).replace("+", "")
    return re.sub(r"(?<!\S)ஒரு (?=[அ-ஔ])", "ஓர் ", text)
