"""The units of a decoder: the outputs of the linear layers inside its transformer blocks.

A unit is (module name, index), named as transformers names the module, for example
`model.layers.3.fc1` and 17. Embeddings and the language-model head lie outside the blocks and have
no units; nor has an activation function, so an MLP's first linear is read before its non-linearity.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from analysis.activations.hidden import decoder_blocks
from analysis.errors import UserError


@dataclass(frozen=True)
class UnitGroup:
    """The outputs of one linear layer."""

    module: str
    """Its name in `model.named_modules()`."""

    layer: int
    """The transformer block it belongs to, counted from 0."""

    width: int
    """How many outputs it has."""


def find_units(model: PreTrainedModel) -> tuple[UnitGroup, ...]:
    """Every linear layer of the transformer blocks, in the model's own order.

    Linear layers are `torch.nn.Linear` and transformers' `Conv1D` (GPT-2).

    Raises `UserError` when the model has no transformer blocks, or none with linear layers, then
    listing the kinds of modules that they have.
    """
    blocks = decoder_blocks(model)
    place = next(name for name, module in model.named_modules() if module is blocks)
    groups = tuple(
        UnitGroup(f"{place}.{layer}.{name}", layer, width)
        for layer, block in enumerate(blocks)
        for name, module in block.named_modules()
        if (width := _width(module))
    )
    if not groups:
        kinds = sorted({type(module).__name__ for module in blocks.modules()})
        raise UserError(
            f"no linear layers in {place}, which has {' '.join(kinds)}",
            where=model.name_or_path or type(model).__name__,
            fix="use a decoder-only language model of transformers",
        )
    return groups


def units_per_layer(groups: Sequence[UnitGroup]) -> dict[int, int]:
    """Layer -> number of units."""
    counts: dict[int, int] = {}
    for group in groups:
        counts[group.layer] = counts.get(group.layer, 0) + group.width
    return counts


def _width(module: nn.Module) -> int:
    """Number of outputs of a linear layer, 0 for any other module."""
    if isinstance(module, nn.Linear):
        return module.out_features
    if isinstance(module, Conv1D):
        return int(module.nf)
    return 0
