"""Rice as grain, as a meal and as a plant: many languages have a word for each."""

from typing import Literal

from analysis.text.demo.clauses import Action, Clause, Quality

Stage = Literal["one", "cooked", "growing"]


def stage(clause: Clause) -> Stage:
    """Column of the row "rice" that fits the clause; "one" is the grain as bought and carried."""
    match clause:
        case Action(verb="eat" | "cook") | Quality(quality="hot" | "cold"):
            return "cooked"
        case Action(verb="plant"):
            return "growing"
        case _:
            return "one"
