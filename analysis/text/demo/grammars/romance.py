"""What Spanish, Portuguese, Catalan and French share: agreement, articles that fuse, negation.

A noun, an adjective and an article agree in one of four forms, which are also columns of the word
lists: "m" and "f", "mp" and "fp" in the plural. A noun's column `gender` holds its form: "mp" and
"fp" for mass nouns that are plural by nature (Catalan "diners").
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

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

BEFORE = "before"
"""Kind of the adjectives that stand before their noun."""

FIXED = "fixed"
"""Kind of the predicates that do not agree ("avoir faim")."""

WATER = "water"
"""Kind of the places where being "in" or "on" is not being "at"."""

_IN_WATER = {"fish": "in", "stone": "in", "boat": "on", "storm": "on"}


@dataclass(frozen=True)
class Noun:
    """A noun with what stands between it and its article, and the form it agrees in."""

    text: str
    form: str
    mass: bool = False

    @property
    def many(self) -> bool:
        """Whether it is plural."""
        return self.form.endswith("p")


def attach(head: str, text: str) -> str:
    """Two words in order, without a space after an apostrophe."""
    return f"{head}{text}" if head.endswith("'") else join(head, text)


@dataclass(frozen=True)
class Tables:
    """Small closed classes of words in one language.

    conjunction: "and".
    numbers: masculine and feminine of the numbers from 2 ("dos", "dues").
    articles: the definite article by form.
    fusions: preposition and article in one word, as "al" for "a el".
    there: the existential verb.
    states: singular and plural of the verbs of state; imperfect in the past.
    place_verb: which of them tells where something is.
    dative: the preposition of a recipient.
    pause: what parts a time in front from the rest.
    perfect: the auxiliary, singular and plural, of the past of today where that is another past.
    """

    conjunction: str
    numbers: Mapping[int, tuple[str, str]]
    articles: Mapping[str, str]
    fusions: Mapping[str, str]
    there: Mapping[Tense, str]
    states: Mapping[str, Mapping[Tense, tuple[str, str]]]
    place_verb: str
    dative: str = "a"
    pause: str = ""
    perfect: tuple[str, str] | None = None


@dataclass(frozen=True)
class Romance(ABC):
    """One language: its tables, and its peculiarities as overridden methods."""

    words: Lexicon

    tables: ClassVar[Tables]

    def sentence(self, clause: Clause) -> str:
        """One plain sentence, its time in front."""
        match clause:
            case Action():
                text = self.action(clause)
            case Motion():
                text = self.motion(clause)
            case Location():
                text = self.located(clause)
            case Presence():
                thing = self.phrase(clause.theme)
                place = self.at(clause.place, clause.theme.noun)
                text = join(self.tables.there[clause.tense], thing, place)
            case Quality():
                text = self.predicated(clause)
            case Happening():
                column = "today" if self.tables.perfect and clause.time == "today" else "was"
                text = join(self.words[clause.event, column], self.at(clause.place, clause.event))
        if clause.time is None:
            return finish(text)
        return finish(f"{self.words[clause.time, 'form']}{self.tables.pause} {text}")

    def action(self, clause: Action) -> str:
        """Subject, verb, object, recipient, place."""
        thing = self.object(clause) if clause.object else ""
        recipient = ""
        if clause.recipient:
            recipient = self.definite(self.noun(clause.recipient), self.tables.dative)
        place = self.at(clause.place, clause.agents[0]) if clause.place else ""
        return join(self.subject(clause.agents), self.verb(clause), thing, recipient, place)

    def motion(self, clause: Motion) -> str:
        """Subject, verb, goal; a verb with its own preposition ("hasta") puts that in front."""
        until = self.words[clause.verb, "until"]
        goal = self.definite(self.noun(clause.place), until) if until else ""
        goal = goal or self.words[clause.place, "to"]
        return join(self.subject(clause.agents), self.verb(clause), goal)

    def located(self, clause: Location) -> str:
        """Where something known is."""
        theme = self.noun(clause.theme)
        verb = self.state(self.tables.place_verb, clause.tense, theme, clause.negated)
        return join(self.definite(theme), verb, self.at(clause.place, clause.theme))

    def predicated(self, clause: Quality) -> str:
        """How something known is."""
        theme = self.noun(clause.theme, use=clause.quality)
        verb = self.state(self.copula(clause), clause.tense, theme, clause.negated)
        column = "form" if self.words.kind(clause.quality) == FIXED else theme.form
        return join(self.definite(theme), verb, self.predicate(clause, column))

    def subject(self, agents: tuple[str, ...]) -> str:
        """The agents, each with its article."""
        return f" {self.tables.conjunction} ".join(
            self.definite(self.noun(agent)) for agent in agents
        )

    def group(self, agents: tuple[str, ...]) -> str:
        """The form in which the agents together agree: feminine when all of them are."""
        forms = [self.words[agent, "gender"] for agent in agents]
        gender = "f" if all(form == "f" for form in forms) else "m"
        return gender if len(agents) == 1 else f"{gender}p"

    def verb(self, clause: Action | Motion) -> str:
        """The verb of an action or motion, negated if need be."""
        form = self.group(clause.agents)
        if self.tables.perfect and clause.tense == "past" and clause.time == "today":
            finite = self.tables.perfect[form.endswith("p")]
            rest = self.words[clause.verb, "participle"]
        else:
            finite, rest = self.conjugated(clause.verb, clause.tense, form)
        finite = join(self.clitic(clause.verb), finite)
        return join(self.negation(finite) if clause.negated else finite, rest)

    def clitic(self, verb: str) -> str:
        """A pronoun that always goes with the verb."""
        return ""

    def conjugated(self, verb: str, tense: Tense, form: str) -> tuple[str, str]:
        """The finite verb, and what follows it in a compound tense; a simple past here."""
        return self.words[verb, f"{tense}_many" if form.endswith("p") else tense], ""

    def state(self, verb: str, tense: Tense, subject: Noun, negated: bool) -> str:
        """A verb of state, negated if need be."""
        finite = self.tables.states[verb][tense][subject.many]
        return self.negation(finite) if negated else finite

    def negation(self, finite: str) -> str:
        """A finite verb that is negated."""
        return f"no {finite}"

    def copula(self, clause: Quality) -> str:
        """The verb of state that goes with a predicate."""
        return self.words[clause.quality, "verb"]

    def predicate(self, clause: Quality, form: str) -> str:
        """The predicate that agrees in `form`."""
        return self.adjective_after(clause.quality, clause.theme, form)

    def object(self, clause: Action) -> str:
        """The direct object of a verb that has one."""
        assert clause.object is not None
        return self.phrase(clause.object, clause.verb, clause.negated)

    def at(self, place: str, thing: str) -> str:
        """Where `thing` is: in a river or the sea, on it, or at it."""
        column = _IN_WATER.get(thing, "at") if self.words.kind(place) == WATER else "at"
        return self.words[place, column]

    def phrase(
        self, phrase: Phrase, use: str = "", negated: bool = False, preposition: str = ""
    ) -> str:
        """A phrase with its article or number, after a preposition if any.

        `use` is the verb or the predicate that it goes with.
        """
        noun = self.noun(phrase.noun, phrase.count, phrase.quality, use)
        if phrase.definite:
            return self.definite(noun, preposition)
        if phrase.count > 1:
            return join(
                preposition, self.tables.numbers[phrase.count][noun.form == "fp"], noun.text
            )
        return join(preposition, self.indefinite(noun, negated))

    def noun(
        self, identifier: str, count: int = 1, quality: str | None = None, use: str = ""
    ) -> Noun:
        """A noun with its adjective, in the singular or the plural."""
        name, plural = self.columns(identifier, use)
        text = self.words[identifier, plural if count > 1 else name]
        form = self.words[identifier, "gender"] + ("p" if count > 1 else "")
        if quality is not None:
            if self.words.kind(quality) == BEFORE:
                text = join(self.adjective_before(quality, identifier, Noun(text, form)), text)
            else:
                text = join(text, self.adjective_after(quality, identifier, form))
        return Noun(text, form, mass=not self.words[identifier, plural])

    def columns(self, identifier: str, use: str) -> tuple[str, str]:
        """Columns of a noun's singular and plural, given the verb or predicate it goes with."""
        return "one", "many"

    def adjective_before(self, quality: str, identifier: str, noun: Noun) -> str:
        """An adjective that stands before its noun: at times short ("buen") in the masculine."""
        short = self.words[quality, "short"] if noun.form == "m" else ""
        return short or self.words[quality, noun.form]

    def adjective_after(self, quality: str, identifier: str, form: str) -> str:
        """An adjective behind its noun or as predicate; beside some kinds of noun another word."""
        return fitting(self.words, quality, form, self.words.kind(identifier))

    def article(self, noun: Noun) -> str:
        """The definite article."""
        return self.tables.articles[noun.form]

    def definite(self, noun: Noun, preposition: str = "") -> str:
        """A known noun, after a preposition if any."""
        head = join(preposition, self.article(noun))
        for parts, fusion in self.tables.fusions.items():
            head = re.sub(rf"\b{parts}$", fusion, head)
        return attach(head, noun.text)

    @abstractmethod
    def indefinite(self, noun: Noun, negated: bool) -> str:
        """A new noun: "a dog", "bread", and what they are under negation."""
