"""Bengali: classifiers, the definite suffix, "-ke" on persons, respect in the verb, no "is".

The verb stands last and agrees in respect alone; "na" follows it in the present, and the past is
denied by the suffix "-ni" on the present form. Absence has a verb of its own, "nei".
"""

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

_NUMBERS = {1: "এক", 2: "দু", 3: "তিন", 4: "চার"}
_SOUNDS = {"bird": "ডাক", "dog": "ডাক", "lion": "গর্জন", "drum": "আওয়াজ"}
"""What one hears of a thing that is not itself a sound."""
_AFLOAT = ("fish", "boat")
"""What is in the water, not beside it."""
_SIGNS = "ািীুূৃেৈোৌ"


def sentence(clause: Clause, words: Lexicon) -> str:
    """One plain Bengali sentence; verb last, time first."""
    match clause:
        case Action():
            core = _action(clause, words)
        case Motion():
            core = join(_together(clause.agents, words), words[clause.verb, "host"])
            core = join(core, words[clause.place, "to"], _finite(clause, words))
        case Location(theme=theme):
            being = _exists(clause, words[theme, "respect"])
            core = join(_known(theme, words), _at(theme, clause.place, words), being)
        case Presence(theme=phrase):
            being = _exists(clause, words[phrase.noun, "respect"])
            thing = _phrase(phrase, words, words[phrase.noun, "one"])
            core = join(_at(phrase.noun, clause.place, words), thing, being)
        case Quality(theme=theme):
            name = words[theme, rice.stage(clause)] if theme == "rice" else _known(theme, words)
            copula = _copula(clause.tense, words[theme, "respect"], negated=clause.negated)
            core = join(name, _adjective(clause.quality, theme, words), copula)
        case Happening():
            core = join(words[clause.place, "at"], words[clause.event, "one"])
            core = join(core, words[clause.event, "verb"])
    return finish(join(words[clause.time, "form"] if clause.time else "", core), "।")


def _action(clause: Action, words: Lexicon) -> str:
    return join(
        _together(clause.agents, words),
        _scene(clause, words),
        f"{_known(clause.recipient, words)}কে" if clause.recipient else "",
        _object(clause.object, clause, words) if clause.object else "",
        words[clause.verb, "host"],
        _finite(clause, words),
    )


def _scene(clause: Action, words: Lexicon) -> str:
    """Where it happens; one buys "from" the shop."""
    if clause.place is None:
        return ""
    if clause.verb == "buy":
        return join(words[clause.place, "one"], "থেকে")
    return words[clause.place, "at"]


def _object(phrase: Phrase, clause: Action, words: Lexicon) -> str:
    noun = phrase.noun
    name = words[noun, rice.stage(clause) if noun == "rice" else "one"]
    spoken = _phrase(phrase, words, name, negated=clause.negated)
    if clause.verb == "hear" and noun in _SOUNDS:
        return f"{_genitive(spoken)} {_SOUNDS[noun]}"
    being = noun in world.PERSONS or noun in world.ANIMALS
    marking = words[clause.verb, "ke"]
    if being and (marking == "always" or (marking == "known" and phrase.definite)):
        return f"{spoken}কে"
    return spoken


def _phrase(phrase: Phrase, words: Lexicon, name: str, *, negated: bool = False) -> str:
    quality = _adjective(phrase.quality, phrase.noun, words) if phrase.quality else ""
    if phrase.definite:
        return join(quality, f"{name}{words[phrase.noun, 'definite']}")
    classifier = words[phrase.noun, "classifier"]
    if not classifier:
        return join(quality, name)
    if negated:
        return join("কোনো", quality, name)
    return join(f"{_NUMBERS[phrase.count]}{classifier}", quality, name)


def _known(noun: str, words: Lexicon) -> str:
    return f"{words[noun, 'one']}{words[noun, 'definite']}"


def _together(agents: tuple[str, ...], words: Lexicon) -> str:
    return " ও ".join(_known(agent, words) for agent in agents)


def _genitive(text: str) -> str:
    return f"{text}{'র' if text[-1] in _SIGNS else 'ের'}"


def _adjective(quality: str, noun: str, words: Lexicon) -> str:
    living = words.kind(quality) == "varied" and noun in world.ANIMALS
    return words[quality, "living" if living else "form"]


def _at(theme: str, place: str, words: Lexicon) -> str:
    return (words[place, "within"] if theme in _AFLOAT else "") or words[place, "at"]


def _finite(clause: Action | Motion, words: Lexicon) -> str:
    """The verb; respect for one of two agents is respect for both."""
    respect = any(words[agent, "respect"] for agent in clause.agents)
    present = words[clause.verb, "present_respect" if respect else "present"]
    if clause.negated:
        return f"{present}নি" if clause.tense == "past" else f"{present} না"
    if clause.tense == "past":
        return words[clause.verb, "past_respect" if respect else "past"]
    return present


def _exists(clause: Location | Presence, respect: str) -> str:
    """To be somewhere: now, as a habit (every day, in summer), or in the past."""
    negated = isinstance(clause, Location) and clause.negated
    if clause.tense == "past":
        return _was(respect, negated=negated)
    if clause.time not in (None, "today"):
        return join("থাকেন" if respect else "থাকে", "না" if negated else "")
    return "নেই" if negated else "আছেন" if respect else "আছে"


def _copula(tense: Tense, respect: str, *, negated: bool) -> str:
    if tense == "present":
        return ("নন" if respect else "নয়") if negated else ""
    return _was(respect, negated=negated)


def _was(respect: str, *, negated: bool) -> str:
    return join("ছিলেন" if respect else "ছিল", "না" if negated else "")
