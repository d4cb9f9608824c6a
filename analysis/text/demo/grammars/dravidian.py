"""What Tamil and Telugu share: agreement with persons, by gender, and with everything else.

Agreement is `m`, `f` or `h` (one person: masculine, feminine, honorific), `n` (one animal or
thing), `people` (several of whom one at least is a person) or `things` (several others).
"""

from analysis.text.demo.clauses import Action, Location, Motion, Phrase, Presence
from analysis.text.demo.lexicon import Lexicon

HABITUAL = frozenset({"every_day", "winter", "summer"})


def is_habitual(clause: Action | Motion | Location | Presence) -> bool:
    """Whether a clause tells what is so again and again: "every day", "in summer"."""
    return clause.tense == "present" and clause.time in HABITUAL


def agreement(agents: tuple[str, ...], words: Lexicon) -> str:
    """Agreement of a verb with one or two definite agents."""
    classes = {words[agent, "class"] for agent in agents}
    if len(agents) == 1:
        return classes.pop()
    return "things" if classes == {"n"} else "people"


def counted_agreement(phrase: Phrase, words: Lexicon) -> str:
    """Agreement of a verb with a counted phrase as its subject."""
    if phrase.count == 1:
        return words[phrase.noun, "class"]
    return "people" if is_person(phrase.noun, words) else "things"


def is_person(noun: str, words: Lexicon) -> bool:
    """Whether a noun names a person."""
    return words.kind(noun) == "person"


def is_mass(noun: str, words: Lexicon) -> bool:
    """Whether a noun is never counted."""
    return not words[noun, "many"]
