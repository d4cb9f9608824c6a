"""English: verbs agree in the present, articles a and an, negation with "do"."""

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
from analysis.text.demo.grammars.partners import fitting
from analysis.text.demo.grammars.surface import finish, join
from analysis.text.demo.lexicon import Lexicon

NUMBERS = {2: "two", 3: "three", 4: "four"}


def sentence(clause: Clause, words: Lexicon) -> str:
    """One plain English sentence."""
    match clause:
        case Action():
            recipient = f"to the {words[clause.recipient, 'one']}" if clause.recipient else ""
            thing = _phrase(clause.object, words) if clause.object else ""
            core = join(_subject(clause.agents, words), _verb(clause, words), thing, recipient)
            place = words[clause.place, "at"] if clause.place else ""
        case Motion():
            core = join(_subject(clause.agents, words), _verb(clause, words))
            place = words[clause.place, "to"]
        case Location():
            core = join("the", words[clause.theme, "one"], _be(clause.tense, clause.negated))
            place = fitting(words, clause.place, "at", clause.theme)
        case Presence():
            core = join("there", _be(clause.tense, many=clause.theme.count > 1))
            core = join(core, _phrase(clause.theme, words))
            place = fitting(words, clause.place, "at", clause.theme.noun)
        case Quality():
            core = join("the", words[clause.theme, "one"], _be(clause.tense, clause.negated))
            core = join(core, words[clause.quality, "form"])
            place = ""
        case Happening():
            core = join("there was", words[clause.event, "one"])
            place = words[clause.place, "at"]
    if clause.time is None:
        return finish(join(core, place))
    return finish(f"{words[clause.time, 'form']}, {join(core, place)}")


def _subject(agents: tuple[str, ...], words: Lexicon) -> str:
    return " and ".join(f"the {words[agent, 'one']}" for agent in agents)


def _verb(clause: Action | Motion, words: Lexicon) -> str:
    many = len(clause.agents) > 1
    if clause.negated:
        helper = "did" if clause.tense == "past" else "do" if many else "does"
        return f"{helper} not {words[clause.verb, 'base']}{_particle(clause.verb)}"
    column = "past" if clause.tense == "past" else "base" if many else "third"
    return f"{words[clause.verb, column]}{_particle(clause.verb)}"


def _particle(verb: str) -> str:
    return " for" if verb == "look_for" else ""


def _be(tense: Tense, negated: bool = False, *, many: bool = False) -> str:
    form = ("were" if many else "was") if tense == "past" else ("are" if many else "is")
    return f"{form} not" if negated else form


def _phrase(phrase: Phrase, words: Lexicon) -> str:
    quality = words[phrase.quality, "form"] if phrase.quality else ""
    if phrase.count > 1:
        return join(NUMBERS[phrase.count], quality, words[phrase.noun, "many"])
    noun = join(quality, words[phrase.noun, "one"])
    if phrase.definite:
        return f"the {noun}"
    if not words[phrase.noun, "many"]:
        return noun
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
