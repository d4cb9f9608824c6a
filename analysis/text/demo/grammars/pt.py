"""Portuguese: ser and estar, "ao" and "à", "dois" and "duas", "nenhum", "bom" before its noun."""

from analysis.text.demo.clauses import Clause, Quality
from analysis.text.demo.grammars.romance import Noun, Romance, Tables
from analysis.text.demo.lexicon import Lexicon


class Portuguese(Romance):
    """Portuguese as written in Brazil."""

    tables = Tables(
        conjunction="e",
        numbers={2: ("dois", "duas"), 3: ("três", "três"), 4: ("quatro", "quatro")},
        articles={"m": "o", "f": "a", "mp": "os", "fp": "as"},
        fusions={"a o": "ao", "a a": "à"},
        there={"past": "havia", "present": "há"},
        place_verb="estar",
        states={
            "ser": {"past": ("era", "eram"), "present": ("é", "são")},
            "estar": {"past": ("estava", "estavam"), "present": ("está", "estão")},
        },
        pause=",",
    )

    def negation(self, finite: str) -> str:
        """As in "não vê"."""
        return f"não {finite}"

    def indefinite(self, noun: Noun, negated: bool) -> str:
        """As in "um gato", under negation "nenhum gato"; a mass noun is bare ("pão")."""
        if noun.mass:
            return noun.text
        singular = {"m": "nenhum", "f": "nenhuma"} if negated else {"m": "um", "f": "uma"}
        return f"{singular[noun.form]} {noun.text}"

    def copula(self, clause: Quality) -> str:
        """Food that tastes good goes with "estar"."""
        if clause.quality == "good" and self.words.kind(clause.theme) == "food":
            return "estar"
        return super().copula(clause)


def sentence(clause: Clause, words: Lexicon) -> str:
    """One plain Portuguese sentence."""
    return Portuguese(words).sentence(clause)
