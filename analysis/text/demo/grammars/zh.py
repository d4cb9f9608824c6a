"""Chinese: no inflection; measure words, 了 and 没有 for what was done and what was not.

Times and places (在) stand before the verb, goals after it; where there is something new the place
comes first, with 有. Known objects that can be counted have 那 and a measure word; 把 puts a known
gift before the verb. Qualities are predicates with 很.
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
from analysis.text.demo.grammars.surface import finish
from analysis.text.demo.lexicon import Lexicon

NUMBERS = {1: "一", 2: "两", 3: "三", 4: "四"}
# Past or present, these are told of as under way.
LASTING = ("look_for", "play", "work")


def sentence(clause: Clause, words: Lexicon) -> str:
    """One plain Chinese sentence."""
    time = words[clause.time, "form"] if clause.time else ""
    match clause:
        case Action():
            text = _subject(clause.agents, words) + time + _deed(clause, words)
        case Motion():
            verb = "".join(_verb(clause, words))
            text = _subject(clause.agents, words) + time + verb + words[clause.place, "to"]
        case Location():
            place = fitting(words, clause.place, "at", clause.theme)
            text = words[clause.theme, "one"] + time + ("不在" if clause.negated else "在") + place
        case Presence():
            place = fitting(words, clause.place, "at", clause.theme.noun)
            text = f"{time}{place}有{_phrase(clause.theme, 'one', words)}"
        case Quality():
            theme = fitting(words, clause.theme, "one", stage(clause))
            column = "not" if clause.negated else "is"
            kind = words.kind(clause.theme)
            text = theme + time + fitting(words, clause.quality, column, clause.theme, kind)
        case Happening():
            place = fitting(words, clause.place, "at", clause.event)
            text = time + place + words[clause.event, "happened"]
    return finish(text, "。")


def _subject(agents: tuple[str, ...], words: Lexicon) -> str:
    return "和".join(words[agent, "one"] for agent in agents)


def _deed(clause: Action, words: Lexicon) -> str:
    """Negation, place, verb, recipient and object."""
    negation, verb = _verb(clause, words)
    place = f"在{words[clause.place, 'at']}" if clause.place else _going_on(clause)
    thing = clause.object
    if thing is None:
        return f"{negation}{place}{verb}"
    phrase = _phrase(thing, stage(clause), words, clause.negated)
    if clause.verb == "hear" and sounds(thing.noun, words):
        phrase += "的声音"
    recipient = words[clause.recipient, "one"] if clause.recipient else ""
    if recipient and thing.definite:
        return f"{negation}{place}把{phrase}{verb}{recipient}"
    some = "一些" if recipient and not words[thing.noun, "measure"] else ""
    return f"{negation}{place}{verb}{recipient}{some}{phrase}"


def _going_on(clause: Action) -> str:
    """在 before what is under way, where no 在 with a place says so already."""
    if clause.negated or (clause.tense == "present" and clause.time):
        return ""
    idle = clause.object is None and clause.tense == "present"
    return "在" if idle or clause.verb in LASTING else ""


def _verb(clause: Action | Motion, words: Lexicon) -> tuple[str, str]:
    """Negation, which stands before the place, and verb."""
    thing = clause.object if isinstance(clause, Action) else None
    beside = (thing.noun, words.kind(thing.noun)) if thing else ()
    partners = (words.kind(clause.agents[0]), *beside)
    verb = fitting(words, clause.verb, "verb", *partners)

    def form(column: str, regular: str) -> str:
        written = (clause.verb, column) in words.forms
        return fitting(words, clause.verb, column, *partners) if written else regular

    if not clause.negated:
        return "", form("past", f"{verb}了") if clause.tense == "past" else verb
    plain = form("plain", verb)
    if clause.tense == "past":
        return "没有", plain
    cannot = form("cannot", "")
    return ("", cannot) if cannot else ("不", plain)


def _phrase(phrase: Phrase, growth: Stage, words: Lexicon, negated: bool = False) -> str:
    """Number or 那 with a measure word, quality and noun; no number for what there is not."""
    kind = words.kind(phrase.noun)
    noun = fitting(words, phrase.noun, "one", growth)
    if phrase.quality:
        noun = fitting(words, phrase.quality, "before", phrase.noun, kind) + noun
    measure = fitting(words, phrase.noun, "measure", growth)
    if not measure or (phrase.definite and kind == "person"):
        return noun
    if phrase.definite:
        return f"那{measure}{noun}"
    return noun if negated else f"{NUMBERS[phrase.count]}{measure}{noun}"
