"""Hindi: the grammar of `hindustani.py` in Devanagari, with the danda as full stop."""

from analysis.text.demo.clauses import Clause
from analysis.text.demo.grammars import hindustani
from analysis.text.demo.lexicon import Lexicon

_SCRIPT = hindustani.Script(
    ne="ने",
    ko="को",
    se="से",
    both="और",
    no="नहीं",
    some="कोई",
    some_oblique="किसी",
    be="हो",
    numbers={1: "एक", 2: "दो", 3: "तीन", 4: "चार"},
    habitual={"m": "ता", "mp": "ते", "f": "ती", "fp": "तीं"},
    present={"m": "है", "mp": "हैं", "f": "है", "fp": "हैं"},
    past={"m": "था", "mp": "थे", "f": "थी", "fp": "थीं"},
    stop="।",
)


def sentence(clause: Clause, words: Lexicon) -> str:
    """One plain Hindi sentence."""
    return hindustani.sentence(clause, words, _SCRIPT)
