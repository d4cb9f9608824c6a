"""Basque: ergative agents, auxiliaries that agree with all parties, partitive under negation.

What happened today takes the near past (erosi du), anything earlier the remote one (erosi zuen).
The present is the habitual one (joaten da, egoten da); only going and coming today are under way
(doa, dator).
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

NUMBERS = {2: "bi", 3: "hiru", 4: "lau"}
AFLOAT = ("fish", "boat", "storm", "earthquake")

# Auxiliaries by frame, then by number: of the subject in "da", of agent and object in "du", of
# agent, object and receiver in "dio"; each in the present and in the remote past.
ONE, MANY = False, True
BE = {ONE: ("da", "zen"), MANY: ("dira", "ziren")}
HAVE = {
    (ONE, ONE): ("du", "zuen"),
    (ONE, MANY): ("ditu", "zituen"),
    (MANY, ONE): ("dute", "zuten"),
    (MANY, MANY): ("dituzte", "zituzten"),
}
HAVE_FOR = {
    (ONE, ONE, ONE): ("dio", "zion"),
    (ONE, MANY, ONE): ("dizkio", "zizkion"),
    (ONE, ONE, MANY): ("die", "zien"),
    (MANY, ONE, ONE): ("diote", "zioten"),
    (MANY, MANY, ONE): ("dizkiote", "zizkioten"),
    (MANY, ONE, MANY): ("diete", "zieten"),
}
STAY = {ONE: ("dago", "zegoen"), MANY: ("daude", "zeuden")}


def sentence(clause: Clause, words: Lexicon) -> str:
    """One plain Basque sentence."""
    match clause:
        case Action():
            place = _at(clause.agents[0], clause.place, words)
            subject, rest = _agents(clause, words), join(place, _undergoers(clause, words))
            core = _predication(subject, rest, clause, words)
        case Motion():
            subject, rest = _agents(clause, words), words[clause.place, "to"]
            core = _predication(subject, rest, clause, words)
        case Location():
            core = join(words[clause.theme, "the"], _stay(clause, words))
        case Presence(theme=theme):
            rest = join(_at(theme.noun, clause.place, words), _absolutive(theme, words))
            core = join(rest, *_staying(clause, many=theme.count > 1))
        case Quality():
            how, verb = words[clause.quality, "the"], _copula(clause, words)
            order = ("ez", verb, how) if clause.negated else (how, verb)
            core = join(words[clause.theme, "the"], *order)
        case Happening():
            remote = clause.time != "today"
            frame = BE[ONE] if words[clause.event, "frame"] == "da" else HAVE[ONE, ONE]
            core = join(_at(clause.event, clause.place, words), words[clause.event, "form"])
            core = join(core, words[clause.event, "done"], frame[remote])
    return finish(join(words[clause.time, "form"] if clause.time else "", core))


def _predication(subject: str, rest: str, clause: Action | Motion, words: Lexicon) -> str:
    """Verb last; "ez" draws what is finite to the front of all but the subject."""
    before = words[clause.verb, "with"]
    if clause.tense == "present" and clause.time == "today":
        now = words[clause.verb, "now_many" if len(clause.agents) > 1 else "now"]
        if now:
            order = ("ez", now, rest, before) if clause.negated else (rest, before, now)
            return join(subject, *order)
    thing = clause.object if isinstance(clause, Action) else None
    beside = (words.kind(thing.noun),) if thing else ()
    column = "done" if clause.tense == "past" else "doing"
    verb = join(before, fitting(words, clause.verb, column, *beside))
    if clause.negated:
        return join(subject, "ez", _auxiliary(clause, words), rest, verb)
    return join(subject, rest, verb, _auxiliary(clause, words))


def _auxiliary(clause: Action | Motion, words: Lexicon) -> str:
    remote = clause.tense == "past" and clause.time != "today"
    agents = len(clause.agents) > 1
    frame = words[clause.verb, "frame"]
    if isinstance(clause, Motion) or frame == "da":
        return BE[agents][remote]
    objects = clause.object is not None and clause.object.count > 1
    if frame == "du":
        return HAVE[agents, objects][remote]
    if clause.recipient:
        return HAVE_FOR[agents, objects, ONE][remote]
    return HAVE_FOR[agents, ONE, objects][remote]


def _agents(clause: Action | Motion, words: Lexicon) -> str:
    ending = "" if words[clause.verb, "frame"] == "da" else "k"
    return " eta ".join(f"{words[agent, 'the']}{ending}" for agent in clause.agents)


def _undergoers(clause: Action, words: Lexicon) -> str:
    """Receiver and object, or the dative alone of whom one helps or follows."""
    if clause.object is None:
        return ""
    if clause.recipient:
        receiver = f"{words[clause.recipient, 'the']}ri"
        return join(receiver, _absolutive(clause.object, words, negated=clause.negated))
    if words[clause.verb, "frame"] == "dio":
        return _dative(clause.object, words)
    return _absolutive(clause.object, words, negated=clause.negated)


def _absolutive(phrase: Phrase, words: Lexicon, *, negated: bool = False) -> str:
    """The last word of the phrase bears the article or the partitive ending."""
    mass = words.kind(phrase.noun) == "mass"
    counted = phrase.count > 1
    last = phrase.quality or phrase.noun
    first = words[phrase.noun, "bare"] if phrase.quality else ""
    if phrase.definite or (mass and not negated):
        return join(first, words[last, "the"])
    if counted:
        return join(NUMBERS[phrase.count], first, words[last, "bare"])
    if negated:
        return join(first, words[last, "any"])
    return join(first, words[last, "bare"], "bat")


def _dative(phrase: Phrase, words: Lexicon) -> str:
    if phrase.definite:
        return f"{words[phrase.noun, 'the']}ri"
    quality = words[phrase.quality, "bare"] if phrase.quality else ""
    bare = join(words[phrase.noun, "bare"], quality)
    if phrase.count == 1:
        return join(bare, "bati")
    # No article after a numeral: katuri, ahuntzi, and txakurri with its r doubled.
    ending = "ri" if bare[-1] in "aeiour" else "i"
    return join(NUMBERS[phrase.count], f"{bare}{ending}")


def _stay(clause: Location, words: Lexicon) -> str:
    """The place and the verb; what is finite follows "ez" and the rest the place."""
    place = _at(clause.theme, clause.place, words)
    *participle, finite = _staying(clause)
    if clause.negated:
        return join("ez", finite, place, *participle)
    return join(place, *participle, finite)


def _staying(clause: Location | Presence, *, many: bool = False) -> tuple[str, ...]:
    """Being somewhere: dago at one time, egoten da again and again."""
    if clause.tense == "present" and clause.time not in (None, "today"):
        return "egoten", BE[many][0]
    return (STAY[many][clause.tense == "past"],)


def _copula(clause: Quality, words: Lexicon) -> str:
    past = clause.tense == "past"
    stays = words.kind(clause.quality) == "state" and words[clause.quality, "copula"] == "egon"
    return (STAY if stays else BE)[ONE][past]


def _at(theme: str, place: str | None, words: Lexicon) -> str:
    return words[place, "in" if theme in AFLOAT else "at"] if place else ""
