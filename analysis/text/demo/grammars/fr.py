"""French: passé composé, elision, "au", partitive, "ne ... pas" and "pas de", bel and vieil."""

from analysis.text.demo.clauses import Clause, Quality, Tense
from analysis.text.demo.grammars.romance import Noun, Romance, Tables, attach
from analysis.text.demo.lexicon import Lexicon

VOWELS = "aâàeéèêiîïoôœuûyh"
"""First letters before which a word is elided (every h of the word list is mute)."""

NOVEL = frozenset({"picture", "song", "story", "letter", "medicine", "market"})
"""Texts, remedies and markets are "nouveaux" when new; other things are "neufs"."""

NEUF = {"m": "neuf", "f": "neuve", "mp": "neufs", "fp": "neuves"}

STOUT = frozenset({"hen", "monkey", "fish", "stone", "apple", "egg", "mango", "onion", "banana"})
"""What is "gros" when big ("grand singe" is the great ape)."""

GROS = {"m": "gros", "f": "grosse", "mp": "gros", "fp": "grosses"}


class French(Romance):
    """French, with the passé composé as the past of narration."""

    tables = Tables(
        conjunction="et",
        numbers={2: ("deux", "deux"), 3: ("trois", "trois"), 4: ("quatre", "quatre")},
        articles={"m": "le", "f": "la", "mp": "les", "fp": "les"},
        fusions={"à le": "au", "de le": "du", "de les": "des"},
        there={"past": "il y avait", "present": "il y a"},
        dative="à",
        place_verb="être",
        states={
            "être": {"past": ("était", "étaient"), "present": ("est", "sont")},
            "avoir": {"past": ("avait", "avaient"), "present": ("a", "ont")},
        },
        pause=",",
    )

    def conjugated(self, verb: str, tense: Tense, form: str) -> tuple[str, str]:
        """The past with its auxiliary; the participle agrees with the subject after "être"."""
        if tense == "present":
            return super().conjugated(verb, tense, form)
        auxiliary = self.words[verb, "auxiliary"]
        participle = self.words[verb, "participle"]
        if auxiliary == "être":
            participle += {"m": "", "f": "e", "mp": "s", "fp": "es"}[form]
        return self.tables.states[auxiliary]["present"][form.endswith("p")], participle

    def negation(self, finite: str) -> str:
        """As in "ne voit pas", "n'a pas"."""
        return f"{attach(elided('ne', finite), finite)} pas"

    def article(self, noun: Noun) -> str:
        """As in "la pomme", "l'image"."""
        article = super().article(noun)
        return article if noun.many else elided(article, noun.text)

    def indefinite(self, noun: Noun, negated: bool) -> str:
        """As in "un chien", "du pain"; under negation both take "de"."""
        if negated:
            return attach(elided("de", noun.text), noun.text)
        if noun.mass:
            return self.definite(noun, "de")
        return f"{'un' if noun.form == 'm' else 'une'} {noun.text}"

    def adjective_before(self, quality: str, identifier: str, noun: Noun) -> str:
        """Before a vowel alone "bel", "nouvel", "vieil"; "gros" for what is big and stout."""
        if quality == "big" and identifier in STOUT:
            return GROS[noun.form]
        if noun.text[0] in VOWELS:
            return super().adjective_before(quality, identifier, noun)
        return self.words[quality, noun.form]

    def predicate(self, clause: Quality, form: str) -> str:
        """What is big and stout is "gros", new things other than texts "neufs"."""
        if clause.quality == "big" and clause.theme in STOUT:
            return GROS[form]
        if clause.quality == "new" and clause.theme not in NOVEL:
            return NEUF[form]
        return super().predicate(clause, form)


def elided(word: str, following: str) -> str:
    """A short word such as "le" or "ne", without its vowel before another."""
    return f"{word[:-1]}'" if following[0] in VOWELS else word


def sentence(clause: Clause, words: Lexicon) -> str:
    """One plain French sentence."""
    return French(words).sentence(clause)
