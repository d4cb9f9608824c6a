"""Settings of steering: what is forced, which texts are written, and how sure the numbers are."""

import math
from dataclasses import dataclass

from analysis.errors import UserError


@dataclass(frozen=True)
class SteeringSettings:
    """Whose experts are forced, and what is written under them.

    Experts are found as the block `experts` has it (preset, max_tokens, batch_tokens, memory_mb),
    or by its defaults where that is null.
    """

    source_languages: tuple[str, ...] = ("es", "sw")
    """Languages whose experts are forced; texts may come out in any language of the run."""

    concepts: int | tuple[str, ...] | None = None
    """Concepts whose experts are forced: their names, or how many are drawn among those that every
    source language has; null for all of these."""

    seeds: int = 100
    """Texts under each forcing, written with the seeds 0, 1, 2, ..."""

    k: int = 500
    """Experts of a concept that are forced. Random units and experts of shuffled labels, which are
    as many, are its controls."""

    other_k: tuple[int, ...] = (50, 200, 2000)
    """Other numbers of experts that are forced; they have no controls of their own."""

    factors: tuple[float, ...] = (1.0,)
    """Multiples of its value (the preset's: a median over the positives) that a unit is held at."""

    controls: bool = True
    """Whether texts are also written under random units of the same layers and under experts of
    shuffled labels. Those without any forcing always are."""

    max_new_tokens: int = 64
    """Tokens of a text at most, or as many as the model has positions."""

    temperature: float = 1.0
    """What logits are divided by."""

    top_p: float = 1.0
    """Probability of the likeliest tokens, together, that are drawn from."""

    batch_texts: int = 64
    """Texts that are written side by side. What a seed gives depends on it by rounding alone, but
    compare only steps that have it in common."""

    draws: int = 1000
    """Bootstrap draws for the intervals."""

    seed: int = 0
    """Of the concepts drawn, random units, shuffled labels and the bootstrap, but not of the
    texts."""

    def __post_init__(self) -> None:
        """Raises `UserError` naming the first field that is out of range."""
        named = self.concepts if isinstance(self.concepts, tuple) else ()
        count = self.concepts if isinstance(self.concepts, int) else None
        for name, good, wanted in (
            ("source_languages", _distinct(self.source_languages), "one or more, each once"),
            (
                "concepts",
                count >= 1 if count is not None else self.concepts is None or _distinct(named),
                "null, 1 or more, or names, each once",
            ),
            *((name, getattr(self, name) >= 1, "1 or more") for name in _COUNTS),
            (
                "other_k",
                min(self.other_k, default=1) >= 1 and len({self.k, *self.other_k}) == self._ks(),
                "1 or more each, none twice and none of them k",
            ),
            (
                "factors",
                _distinct(self.factors) and all(map(math.isfinite, self.factors)),
                "one number or more, each once",
            ),
            ("temperature", 0 < self.temperature < math.inf, "above 0"),
            ("top_p", 0 < self.top_p <= 1, "above 0 and at most 1"),
        ):
            if not good:
                raise UserError(
                    f"it is {getattr(self, name)}",
                    where=f"steering.{name}",
                    fix=f"it must be {wanted}",
                )

    def _ks(self) -> int:
        return 1 + len(self.other_k)


_COUNTS = ("seeds", "k", "max_new_tokens", "batch_texts", "draws")


def _distinct(values: tuple[object, ...]) -> bool:
    return 0 < len(values) == len(set(values))
