"""Indonesian: classifiers, "itu" after what is known, verbs without tense, "tidak" and "bukan".

A counted or new thing has its classifier ("tiga ekor kambing", "seekor kambing"); adjectives
follow the noun. Kin terms stand bare, and "itu" closes a pair of agents once.
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
)
from analysis.text.demo.grammars import rice
from analysis.text.demo.grammars.surface import finish, join
from analysis.text.demo.lexicon import Lexicon

_NUMBERS = {2: "dua", 3: "tiga", 4: "empat"}
_AFLOAT = ("fish", "boat")
"""What is in the water, not beside it."""
_TEXTS = ("letter", *world.ABSTRACT)
_WORN = ("shirt", "hat", "bag", "basket", "rope")
_TASTY = ("bread", "meat", "honey", "milk", "tea")
_OTHER_VERB = {
    "break": ("bicycle", "chair", "key", "pot"),
    "build": ("bed", "boat", "chair", "table"),
    "draw": ("picture",),
}
"""Objects that want the verb's other form: glass is shattered, a bicycle is damaged."""


def sentence(clause: Clause, words: Lexicon) -> str:
    """One plain Indonesian sentence; subject, verb, object, with the time first."""
    match clause:
        case Action():
            core = _action(clause, words)
        case Motion():
            verb = join(_no(negated=clause.negated), words[clause.verb, "form"])
            core = join(_together(clause.agents, words), verb, words[clause.place, "to"])
        case Location(theme=theme):
            being = join(_no(negated=clause.negated), "ada")
            core = join(_known(theme, words), being, _at(theme, clause.place, words))
        case Presence(theme=phrase):
            thing = _phrase(phrase, words)
            core = join("ada", thing, _at(phrase.noun, clause.place, words))
        case Quality(theme=theme):
            name = _known(theme, words)
            if theme == "rice":
                name = f"{words['rice', rice.stage(clause)]} itu"
            core = join(name, _predicate(clause, words))
        case Happening():
            event = join(words[clause.event, "verb"], words[clause.event, "one"])
            core = join(event, words[clause.place, "at"])
    return finish(join(words[clause.time, "form"] if clause.time else "", core))


def _action(clause: Action, words: Lexicon) -> str:
    verb, thing = clause.verb, clause.object
    spoken, form = "", "form"
    if thing:
        spoken = _phrase(thing, words, rice.stage(clause), negated=clause.negated)
        if verb == "hear" and thing.noun in (*world.ANIMALS, "drum"):
            spoken = f"suara {spoken}"
        if thing.noun in _OTHER_VERB.get(verb, ()):
            form = "other"
    return join(
        _together(clause.agents, words),
        _no(negated=clause.negated),
        words[verb, form],
        spoken,
        f"kepada {_known(clause.recipient, words)}" if clause.recipient else "",
        words[clause.place, "at"] if clause.place else "",
    )


def _phrase(
    phrase: Phrase, words: Lexicon, stage: rice.Stage = "one", *, negated: bool = False
) -> str:
    """The phrase; "not ... a hat" leaves the classifier out."""
    name = words[phrase.noun, stage if phrase.noun == "rice" else "one"]
    if phrase.quality:
        name = join(name, _adjective(phrase.quality, phrase.noun, words, attribute=True))
    classifier = words[phrase.noun, "classifier"]
    if phrase.definite:
        return join(name, words[phrase.noun, "definite"])
    if not classifier or negated:
        return name
    if phrase.count == 1:
        return f"se{classifier} {name}"
    return join(_NUMBERS[phrase.count], classifier, name)


def _known(noun: str, words: Lexicon) -> str:
    return join(words[noun, "one"], words[noun, "definite"])


def _together(agents: tuple[str, ...], words: Lexicon) -> str:
    """The agents; in "A dan B itu" the demonstrative belongs to both."""
    if len(agents) == 1:
        return _known(agents[0], words)
    first, second = agents
    if not words[second, "definite"]:
        return f"{_known(first, words)} dan {words[second, 'one']}"
    return f"{words[first, 'one']} dan {_known(second, words)}"


def _adjective(quality: str, noun: str, words: Lexicon, *, attribute: bool = False) -> str:
    column = "form"
    if words.kind(quality) == "varied" and noun in world.ANIMALS:
        column = "living"
    elif words.kind(quality) == "tasted" and noun in _TASTY:
        column = "food"
    elif words.kind(quality) == "aged" and noun in (*_TEXTS, *_WORN):
        column = "text" if noun in _TEXTS else "worn"
    return join(words[quality, "link"] if attribute else "", words[quality, column])


def _predicate(clause: Quality, words: Lexicon) -> str:
    """The adjective; of a song one says that it is an old song, with "bukan" for "not"."""
    quality = _adjective(clause.quality, clause.theme, words)
    if words.kind(clause.quality) == "aged" and clause.theme in _TEXTS:
        return join("bukan" if clause.negated else "", words[clause.theme, "one"], quality)
    return join(_no(negated=clause.negated), quality)


def _at(theme: str, place: str, words: Lexicon) -> str:
    return (words[place, "within"] if theme in _AFLOAT else "") or words[place, "at"]


def _no(*, negated: bool) -> str:
    return "tidak" if negated else ""
