"""Urdu: the grammar of `hindustani.py` in Arabic letters, with the Urdu full stop."""

from analysis.text.demo.clauses import Clause
from analysis.text.demo.grammars import hindustani
from analysis.text.demo.lexicon import Lexicon

_SCRIPT = hindustani.Script(
    ne="نے",
    ko="کو",
    se="سے",
    both="اور",
    no="نہیں",
    some="کوئی",
    some_oblique="کسی",
    be="ہو",
    numbers={1: "ایک", 2: "دو", 3: "تین", 4: "چار"},
    habitual={"m": "تا", "mp": "تے", "f": "تی", "fp": "تیں"},
    present={"m": "ہے", "mp": "ہیں", "f": "ہے", "fp": "ہیں"},
    past={"m": "تھا", "mp": "تھے", "f": "تھی", "fp": "تھیں"},
    stop="۔",
)


def sentence(clause: Clause, words: Lexicon) -> str:
    """One plain Urdu sentence."""
    return hindustani.sentence(clause, words, _SCRIPT)
