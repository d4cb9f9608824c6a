"""Sixteen grammars: each module turns a clause into one sentence of its language."""

from collections.abc import Callable
from functools import cache
from importlib import import_module

from analysis.text.demo.clauses import Clause
from analysis.text.demo.lexicon import Lexicon, read_lexicon

Grammar = Callable[[Clause, Lexicon], str]


@cache
def _grammar(language: str) -> tuple[Grammar, Lexicon]:
    module = import_module(f"{__name__}.{language}")
    grammar: Grammar = module.sentence
    return grammar, read_lexicon(language)


def say(clause: Clause, language: str) -> str:
    """The clause as a sentence of the language, with its capital and full stop."""
    grammar, words = _grammar(language)
    return grammar(clause, words)
