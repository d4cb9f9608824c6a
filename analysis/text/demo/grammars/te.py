"""Telugu: verbs agree in gender and number, numerals count persons apart (ఇద్దరు, not రెండు).

The verb stands last. Objects that are known or alive are accusative; one who feels is dative. The
present is the progressive, or the habitual (వెళ్తాడు, ఉంటుంది) with "every day", "in winter", "in
summer". "Was" is said as "is" (ఉంది); sizes, ages, prices and wealth are predicate nouns without a
copula (కొత్తది).
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
from analysis.text.demo.grammars.dravidian import (
    agreement,
    counted_agreement,
    is_habitual,
    is_mass,
    is_person,
)
from analysis.text.demo.grammars.partners import fitting, sounds
from analysis.text.demo.grammars.rice import Stage, stage
from analysis.text.demo.grammars.surface import finish, join
from analysis.text.demo.lexicon import Lexicon

NUMBERS = {1: "ఒక", 2: "రెండు", 3: "మూడు", 4: "నాలుగు"}
PERSONS = {1: "ఒక", 2: "ఇద్దరు", 3: "ముగ్గురు", 4: "నలుగురు"}

IS = {"m": "ఉన్నాడు", "f": "ఉంది", "n": "ఉంది", "people": "ఉన్నారు", "things": "ఉన్నాయి"}
IS_NOT = {"m": "లేడు", "f": "లేదు", "n": "లేదు", "people": "లేరు", "things": "లేవు"}
PAST = {"m": "ాడు", "people": "ారు", "things": "ాయి"}
PROGRESSIVE = {
    "m": "ున్నాడు", "f": "ోంది", "n": "ోంది", "people": "ున్నారు", "things": "ున్నాయి"
}  # fmt: skip
HABIT = {"m": "ాడు", "f": "ుంది", "n": "ుంది", "people": "ారు", "things": "ాయి"}
NOT_HABIT = {"m": "డు", "f": "దు", "n": "దు", "people": "రు", "things": "వు"}


def sentence(clause: Clause, words: Lexicon) -> str:
    """One plain Telugu sentence."""
    match clause:
        case Action():
            core = _action(clause, words)
        case Motion():
            verb = _verb(clause, words, agreement(clause.agents, words))
            core = join(_subject(clause.agents, "one", words), words[clause.place, "to"], verb)
        case Location():
            place = fitting(words, clause.place, "at", clause.theme)
            be = _be(clause, words[clause.theme, "class"], negated=clause.negated)
            core = join(words[clause.theme, "one"], place, be)
        case Presence():
            place = fitting(words, clause.place, "at", clause.theme.noun)
            be = _be(clause, counted_agreement(clause.theme, words))
            core = join(place, _phrase(clause.theme, "one", words), be)
        case Quality():
            theme = fitting(words, clause.theme, "one", stage(clause))
            core = join(theme, _predicate(clause, words))
        case Happening():
            place = fitting(words, clause.place, "at", clause.event)
            core = join(place, words[clause.event, "happened"])
    return finish(join(words[clause.time, "form"] if clause.time else "", core))


def _action(clause: Action, words: Lexicon) -> str:
    place = words[clause.place, "at"] if clause.place else ""
    thing = _object(clause.object, clause, words) if clause.object else ""
    recipient = words[clause.recipient, "dat"] if clause.recipient else ""
    if words[clause.verb, "object"] == "experience":
        subject, person = _subject(clause.agents, "dat", words), "n"
    else:
        subject, person = _subject(clause.agents, "one", words), agreement(clause.agents, words)
    return join(subject, place, recipient, thing, _verb(clause, words, person))


def _subject(agents: tuple[str, ...], case: str, words: Lexicon) -> str:
    return ", ".join(words[agent, case] for agent in agents)


def _verb(clause: Action | Motion, words: Lexicon, person: str) -> str:
    thing = clause.object if isinstance(clause, Action) else None
    partner = words.kind(thing.noun) if thing else ""

    def stem(column: str) -> str:
        return fitting(words, clause.verb, column, partner)

    habitual = is_habitual(clause)
    if clause.tense == "past":
        if clause.negated:
            return f"{stem('not')}లేదు"
        return f"{stem('past')}{PAST[person]}" if person in PAST else stem("past it")
    if clause.negated:
        return f"{stem('not')}{NOT_HABIT[person]}" if habitual else f"{stem('noun')} లేదు"
    if habitual:
        return _habit(stem("now"), person)
    return f"{stem('now')}{PROGRESSIVE[person]}"


def _habit(stem: str, person: str) -> str:
    """The stem's -డు- is -డ- before a long vowel (కడతాడు), but not after a nasal (వండుతాడు)."""
    if person in PAST and stem.endswith("డుత") and not stem.endswith("ండుత"):
        stem = f"{stem.removesuffix('డుత')}డత"
    return f"{stem}{HABIT[person]}"


def _be(clause: Location | Presence, person: str, *, negated: bool = False) -> str:
    """Is, or is again and again (ఉంటుంది)."""
    if is_habitual(clause):
        return f"ఉండ{NOT_HABIT[person]}" if negated else f"ఉంట{HABIT[person]}"
    return (IS_NOT if negated else IS)[person]


def _predicate(clause: Quality, words: Lexicon) -> str:
    """An adverb with "is", or a noun that agrees."""
    person = fitting(words, clause.theme, "class", stage(clause))
    if words.kind(clause.quality) == "quality":
        return join(words[clause.quality, "adverb"], (IS_NOT if clause.negated else IS)[person])
    noun = fitting(words, clause.quality, f"is {person}", words.kind(clause.theme))
    return join(noun, ("కావు" if person == "things" else "కాదు") if clause.negated else "")


def _object(phrase: Phrase, clause: Action, words: Lexicon) -> str:
    """The object in the case that the verb, the noun and its novelty ask for."""
    government, noun = words[clause.verb, "object"], phrase.noun
    bare = _phrase(phrase, stage(clause), words, clause.negated)
    if government == "experience":
        return words[noun, "one"]
    if government == "dat":
        return words[noun, "dat"]
    if government == "for":
        return join(_oblique(bare), "కోసం")
    if clause.verb == "hear" and sounds(noun, words):
        return join(_oblique(bare), "అరుపు" if words.kind(noun) == "animal" else "శబ్దం")
    if phrase.definite or government == "marked" or words.kind(noun) == "animal":
        return _accusative(phrase, clause, words)
    return bare


def _accusative(phrase: Phrase, clause: Action, words: Lexicon) -> str:
    """Accusative of "the dog", "a dog", "three dogs"; of "any dog" under negation."""
    if phrase.count > 1:
        return f"{_oblique(_phrase(phrase, stage(clause), words))}ను"
    noun = fitting(words, phrase.noun, "acc", stage(clause))
    accusative = join(_attribute(phrase, words), noun)
    if phrase.definite or is_mass(phrase.noun, words):
        return accusative
    return f"ఏ {_lengthened(accusative)}" if clause.negated else f"{NUMBERS[1]} {accusative}"


def _phrase(phrase: Phrase, growth: Stage, words: Lexicon, negated: bool = False) -> str:
    """A phrase in the nominative; "a" is not said of what there is not."""
    column = "one" if phrase.count == 1 else "many"
    noun = fitting(words, phrase.noun, column, growth)
    numbers = PERSONS if is_person(phrase.noun, words) else NUMBERS
    unnumbered = phrase.count == 1 and (phrase.definite or negated or is_mass(phrase.noun, words))
    return join("" if unnumbered else numbers[phrase.count], _attribute(phrase, words), noun)


def _attribute(phrase: Phrase, words: Lexicon) -> str:
    if phrase.quality is None:
        return ""
    return fitting(words, phrase.quality, "before", words.kind(phrase.noun))


def _oblique(phrase: str) -> str:
    """The nominative, except that plurals, which end in -లు, have -ల."""
    return phrase.removesuffix("ు") if phrase.endswith("లు") else phrase


def _lengthened(accusative: str) -> str:
    """With the long vowel that means "any": ఏ కుక్కనూ."""
    return f"{accusative[:-1]}{'ూ' if accusative.endswith('ు') else 'ీ'}"
