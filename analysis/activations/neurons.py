"""The neurons of a decoder, the inner units of its MLPs: how often each fires, and their silence.

A neuron is what an output of the MLP's first linear layer has become past the non-linearity, and it
is named after that output: `model.layers.3.fc1` and 17. It fires at a token where it is above zero.
In a gated MLP (Llama and its kin) the neuron is the gate past its non-linearity, before the product
that enters the last layer, whose sign says nothing about the gate.

Shapes: B windows of T positions, D documents, N neurons, W of them in one layer.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from tqdm import tqdm
from transformers import PreTrainedModel

from analysis.activations.units import UnitGroup, find_units
from analysis.errors import UserError
from analysis.memory import no_memory_is_a_user_error
from analysis.tokens import Ids, padded_batches

Floats32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class NeuronGroup:
    """The neurons of one MLP."""

    module: str
    """The linear layer whose outputs they are before the non-linearity, in `named_modules()`."""

    layer: int
    """The transformer block it belongs to, counted from 0."""

    width: int
    """How many neurons it has."""

    read: str
    """The module at which they are read."""

    gated: bool
    """Whether they are what leaves that module, an activation function; otherwise they are what
    enters it, the MLP's last linear layer."""


def find_neurons(model: PreTrainedModel, analysis: str = "lape") -> tuple[NeuronGroup, ...]:
    """The neurons of every block, in the model's own order.

    The MLP's last linear layer is the last that a block registers; those beside it in the same
    module lead to the neurons. Together they are as wide as what enters it, or twice as wide where
    a gate is among them, separate or fused with the other half and in front of it. This holds for
    XGLM, GPT-2, GPT-NeoX, BLOOM, OPT, Llama and its kin; raises `UserError` for a model in which it
    does not, a mixture of experts for example, telling which `analysis` to set to null.
    """
    return tuple(
        _of_block(model, layer, list(groups), analysis)
        for layer, groups in groupby(find_units(model), key=lambda group: group.layer)
    )


def _of_block(
    model: PreTrainedModel, layer: int, groups: list[UnitGroup], analysis: str
) -> NeuronGroup:
    *others, last = groups
    mlp = last.module.rpartition(".")[0]
    first = [group for group in others if group.module.rpartition(".")[0] == mlp]
    width = model.get_submodule(last.module).get_parameter("weight").numel() // last.width
    total = sum(group.width for group in first)
    if last.width == model.config.hidden_size:
        if len(first) == 1 and total == width:
            return NeuronGroup(first[0].module, layer, width, last.module, gated=False)
        gates = [group for group in first if "gate" in group.module.rpartition(".")[2]]
        functions = [
            name
            for name, child in model.get_submodule(mlp).named_children()
            if not isinstance(child, nn.Dropout) and not list(child.parameters())
        ]
        if total == 2 * width and len(gates) == len(functions) == 1:
            read = f"{mlp}.{functions[0]}"
            return NeuronGroup(gates[0].module, layer, width, read, gated=True)
    raise UserError(
        f"{mlp} of {type(model).__name__} is not an MLP of two linear layers, gated or not",
        where=model.name_or_path or None,
        fix=f"set {analysis} to null",
    )


def firing_counts(
    model: PreTrainedModel,
    groups: Sequence[NeuronGroup],
    windows: Sequence[Ids],
    document_of: Ids,
    documents: int,
    *,
    batch_tokens: int,
    analysis: str = "lape",
) -> Floats32:
    """At how many tokens of each document each neuron fires, (D, N).

    `document_of` gives the document of each window. A window's first token is only there for the
    others to see and is not counted, nor is padding. The counts are whole numbers in float32, exact
    below 2^24. One forward of the base model per batch serves all layers; no logits are computed,
    and of the activations only their counts leave the device.

    `analysis` is the block of settings that `batch_tokens` comes from. Raises `UserError` when the
    states of a token are not finite, and when the device's memory doesn't suffice.
    """
    assert not model.training, "the activations of a model in training mode are random"
    counts_DN = np.zeros((documents, sum(group.width for group in groups)), dtype=np.float32)
    # Not inference mode, for the reason given in `analysis.activations.hidden`.
    with (
        torch.no_grad(),
        tqdm(total=len(windows), desc="neurons", unit="window", leave=False) as bar,
        no_memory_is_a_user_error(
            "neurons were counted", where=f"{analysis}.batch_tokens", value=batch_tokens
        ),
    ):
        for batch in padded_batches(windows, batch_tokens):
            mask_BT = batch.mask_BT.to(model.device)
            with _counting(model, groups, mask_BT.bool()) as counted:
                states_BTH = model.base_model(
                    input_ids=batch.ids_BT.to(model.device), attention_mask=mask_BT, use_cache=False
                ).last_hidden_state
            # "Above zero" is false of what is not a number, which would pass for silence.
            if not bool(torch.isfinite(states_BTH[mask_BT.bool()]).all()):
                raise UserError(
                    "the states of held-out text are not finite",
                    where=model.name_or_path or None,
                    fix="the weights have diverged; use an earlier checkpoint",
                )
            assert len(counted) == len(groups), (len(counted), len(groups))
            counts_BN = torch.cat([counted[group.read] for group in groups], dim=1).cpu().numpy()
            for counts_N, window in zip(counts_BN, batch.windows, strict=True):
                counts_DN[document_of[window]] += counts_N
            bar.update(len(batch.windows))
    return counts_DN


@contextmanager
def silenced(
    model: PreTrainedModel, groups: Sequence[NeuronGroup], units: Sequence[Ids]
) -> Iterator[None]:
    """Set neurons to zero in every forward inside; afterwards the model is as before, error or not.

    `units` gives for each of `groups` which of its neurons. What leaves the non-linearity is zeroed
    where `firing_counts` reads it; of a gated MLP that closes the gate.
    """
    chosen = {
        group.read: torch.from_numpy(own).to(model.device)
        for group, own in zip(groups, units, strict=True)
        if len(own)
    }

    def zeroed(group: NeuronGroup, activations: Tensor) -> Tensor:
        # Out of place: an activation may share its memory with what others read.
        return activations.index_fill(-1, chosen[group.read], 0)

    with _at_neurons(model, [group for group in groups if group.read in chosen], zeroed):
        yield


@contextmanager
def _counting(
    model: PreTrainedModel, groups: Sequence[NeuronGroup], mask_BT: Tensor
) -> Iterator[dict[str, Tensor]]:
    """Collect (B, W) by module read in a forward inside; the hooks are gone afterwards."""
    counted: dict[str, Tensor] = {}
    # Without the first column, which never counts.
    counts_BT1 = mask_BT[:, 1:, None]

    def keep(group: NeuronGroup, activations: Tensor) -> None:
        fires_BTW = activations.reshape(*mask_BT.shape, -1)[:, 1:] > 0
        counted[group.read] = fires_BTW.logical_and_(counts_BT1).sum(dim=1, dtype=torch.int32)

    with _at_neurons(model, groups, keep):
        yield counted


@contextmanager
def _at_neurons(
    model: PreTrainedModel,
    groups: Sequence[NeuronGroup],
    act: Callable[[NeuronGroup, Tensor], Tensor | None],
) -> Iterator[None]:
    """Show the neurons of each group to `act` in forwards inside, and put what it returns there."""

    def enters(group: NeuronGroup) -> Callable[[nn.Module, tuple[Any, ...]], Tensor | None]:
        return lambda _, args: act(group, args[0])

    def leaves(group: NeuronGroup) -> Callable[[nn.Module, tuple[Any, ...], Tensor], Any]:
        return lambda _, __, output: act(group, output)

    handles = []
    try:
        for group in groups:
            module = model.get_submodule(group.read)
            if group.gated:
                handles.append(module.register_forward_hook(leaves(group)))
            else:
                handles.append(module.register_forward_pre_hook(enters(group)))
        yield
    finally:
        for handle in handles:
            handle.remove()
