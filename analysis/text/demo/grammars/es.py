"""Spanish: ser and estar, personal a, "al", "ningún", "buen", the perfect with "hoy"."""

from analysis.text.demo.clauses import Action, Clause, Quality
from analysis.text.demo.grammars.romance import Noun, Romance, Tables
from analysis.text.demo.lexicon import Lexicon

STRESSED_A = frozenset({"agua"})
"""Feminine nouns in a stressed a-, which take "el"."""

CAUGHT = frozenset({"eat", "cook", "buy", "sell", "expensive", "cheap"})
"""What is done to or said of a fish as food ("pescado"), not as an animal ("pez")."""


class Spanish(Romance):
    """Spanish as written in Spain."""

    tables = Tables(
        conjunction="y",
        numbers={2: ("dos", "dos"), 3: ("tres", "tres"), 4: ("cuatro", "cuatro")},
        articles={"m": "el", "f": "la", "mp": "los", "fp": "las"},
        fusions={"a el": "al"},
        there={"past": "había", "present": "hay"},
        place_verb="estar",
        states={
            "ser": {"past": ("era", "eran"), "present": ("es", "son")},
            "estar": {"past": ("estaba", "estaban"), "present": ("está", "están")},
            "tener": {"past": ("tenía", "tenían"), "present": ("tiene", "tienen")},
        },
        perfect=("ha", "han"),
    )

    def clitic(self, verb: str) -> str:
        """As in "se rio" and, with the recipient named later, "le dio"."""
        return self.words[verb, "clitic"]

    def article(self, noun: Noun) -> str:
        """Also "el agua"."""
        return "el" if noun.text in STRESSED_A else super().article(noun)

    def indefinite(self, noun: Noun, negated: bool) -> str:
        """As in "un perro", under negation "ningún perro"; a mass noun is bare ("pan")."""
        if noun.mass:
            return noun.text
        singular = {"m": "ningún", "f": "ninguna"} if negated else {"m": "un", "f": "una"}
        return f"{singular[noun.form]} {noun.text}"

    def copula(self, clause: Quality) -> str:
        """Food that tastes good goes with "estar"."""
        if clause.quality == "good" and self.words.kind(clause.theme) == "food":
            return "estar"
        return super().copula(clause)

    def object(self, clause: Action) -> str:
        """Persons take "a"; animals do with some verbs always, with others when known."""
        assert clause.object is not None
        kind = self.words.kind(clause.object.noun)
        marked = kind == "person"
        if kind in ("animal", "catch"):
            marking = self.words[clause.verb, "animals"]
            marked = marking == "always" or (marking == "known" and clause.object.definite)
        return self.phrase(clause.object, clause.verb, clause.negated, "a" if marked else "")

    def columns(self, identifier: str, use: str) -> tuple[str, str]:
        """A fish once caught has another name."""
        if self.words.kind(identifier) == "catch" and use in CAUGHT:
            return "food", "foods"
        return super().columns(identifier, use)


def sentence(clause: Clause, words: Lexicon) -> str:
    """One plain Spanish sentence."""
    return Spanish(words).sentence(clause)
