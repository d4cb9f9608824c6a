"""What a response and an expert are (presets), and the settings of the expert analysis."""

from dataclasses import dataclass
from typing import Literal

from analysis.activations.responses import Pooling
from analysis.errors import UserError

Ends = Literal["top", "both"]


@dataclass(frozen=True)
class Preset:
    """One published or own definition of an expert."""

    pooling: Pooling
    """From responses at positions to one number per sentence."""

    ends: Ends
    """The k units of highest AP, or the k/2 of highest and the k/2 of lowest."""


PRESETS: dict[str, Preset] = {
    # Suau et al. (2022): sentences filled up to 128 positions with the end-of-text token, and the
    # filling pooled over; longer sentences left out.
    "suau2022": Preset(Pooling("max", padded_to=128, special_tokens=True), "top"),
    # Kojima et al. (2024): mean over the tokens fed; experts for and against.
    "kojima2024": Preset(Pooling("mean", padded_to=None, special_tokens=True), "both"),
    # Suau et al. without what is not the sentence: a response then carries neither its length nor
    # a prefix, whose responses are the same in every sentence and would hide all smaller ones.
    "masked": Preset(Pooling("max", padded_to=None, special_tokens=False), "top"),
}
"""All presets read the outputs of every linear layer in the transformer blocks (for XGLM: q, k, v,
out, fc1 and fc2), and force an expert to the median of its responses over the positives."""


@dataclass(frozen=True)
class ExpertSettings:
    """How expert neurons are found and their overlap measured."""

    preset: str = "masked"
    """`suau2022`, `kojima2024` or `masked`."""

    k: int = 500
    """Experts per concept and language."""

    top: tuple[int, ...] = (50, 200)
    """Sizes of smaller sets whose overlap is measured too: of the best so many of the k experts, or
    of half as many from either end. Sizes that are not below k are left out."""

    max_tokens: int = 256
    """Sentences of more tokens are left out, as are those beyond the model's positions, or the
    preset's."""

    batch_tokens: int = 8192
    """Positions in one forward, padding included."""

    memory_mb: int = 2048
    """Bound on the responses held at a time, in MiB; beyond it the forward is repeated per part of
    the layers. Their average precisions, permuted labels included, stay under it too."""

    permutations: int = 19
    """Permutations of each concept's labels, for the p-values and the false discovery rate of
    experts; 0 leaves these out. Each costs as much as average precision itself, less the sorting.
    From 19 on the highest AP can have a p-value of 0.05, and false discoveries keep their rate even
    where units are copies of each other."""

    draws: int = 1000
    """Bootstrap draws for the intervals of the overlap."""

    seed: int = 0
    """Of the permutations and the bootstrap. Which units are experts involves no chance."""

    def __post_init__(self) -> None:
        """Raises `UserError` naming the first field that is out of range."""
        if self.preset not in PRESETS:
            raise UserError(
                f"unknown preset '{self.preset}'",
                where="experts.preset",
                fix=f"one of {' '.join(PRESETS)}",
            )
        for name in ("k", "max_tokens", "batch_tokens", "memory_mb", "draws"):
            if getattr(self, name) < 1:
                raise UserError("must be at least 1", where=f"experts.{name}")
        if self.permutations < 0:
            raise UserError("must be at least 0", where="experts.permutations")
        if any(size < 1 for size in self.top):
            raise UserError("sizes must be at least 1", where="experts.top")
        for name, sizes in (("k", (self.k,)), ("top", self.top)):
            odd = [size for size in sizes if size % 2]
            if PRESETS[self.preset].ends == "both" and odd:
                raise UserError(
                    f"{name} = {odd[0]} is odd, but {self.preset} takes half of it from either end",
                    where=f"experts.{name}",
                    fix="use an even number",
                )
