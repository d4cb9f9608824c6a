"""Catalan: "va anar" but "avui ha anat", "l'", "al", "hi ha", "cap", "dos" and "dues"."""

from analysis.text.demo.clauses import Clause, Tense
from analysis.text.demo.grammars.romance import Noun, Romance, Tables
from analysis.text.demo.lexicon import Lexicon

VOWELS = "aàeèéiíoòóuúh"
"""First letters before which the article is elided (h is mute)."""

UNELIDED = frozenset({"imatge"})
"""Feminine nouns in an unstressed i- or u-, which keep "la"."""


class Catalan(Romance):
    """Catalan in its central standard."""

    tables = Tables(
        conjunction="i",
        numbers={2: ("dos", "dues"), 3: ("tres", "tres"), 4: ("quatre", "quatre")},
        articles={"m": "el", "f": "la", "mp": "els", "fp": "les"},
        fusions={"a el": "al"},
        there={"past": "hi havia", "present": "hi ha"},
        place_verb="ser",
        states={
            "ser": {"past": ("era", "eren"), "present": ("és", "són")},
            "estar": {"past": ("estava", "estaven"), "present": ("està", "estan")},
            "tenir": {"past": ("tenia", "tenien"), "present": ("té", "tenen")},
        },
        perfect=("ha", "han"),
    )

    def conjugated(self, verb: str, tense: Tense, form: str) -> tuple[str, str]:
        """The past with "va" or "van" and the infinitive."""
        if tense == "present":
            return super().conjugated(verb, tense, form)
        return "van" if form.endswith("p") else "va", self.words[verb, "infinitive"]

    def article(self, noun: Noun) -> str:
        """As in "l'home", "l'olla", but "la imatge"."""
        if noun.many or noun.text[0] not in VOWELS or noun.text in UNELIDED:
            return super().article(noun)
        return "l'"

    def indefinite(self, noun: Noun, negated: bool) -> str:
        """As in "un gos", under negation "cap gos"; a mass noun is bare ("pa")."""
        if noun.mass:
            return noun.text
        if negated:
            return f"cap {noun.text}"
        return f"{'un' if noun.form == 'm' else 'una'} {noun.text}"


def sentence(clause: Clause, words: Lexicon) -> str:
    """One plain Catalan sentence."""
    return Catalan(words).sentence(clause)
