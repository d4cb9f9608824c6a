"""What turns the states that leave the last block into logits: the final norm and the head.

Families name it differently, and some have more or less of it: most a norm, OPT-350m no norm but a
projection to the width of its embeddings. So nothing is looked up by name. A trial forward shows
which modules beside the list of blocks are called after the last block, and in which order; that
they are all there is between its output and the base model's is then checked, and so is that the
logits are the head's outputs.

Shapes: N tokens, H hidden size, E width of the embeddings, V vocabulary.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from analysis.activations.hidden import decoder_blocks
from analysis.errors import UserError


@dataclass(frozen=True)
class Readout:
    """The modules that follow the blocks, in their order, and the head."""

    norm: tuple[nn.Module, ...]
    head: nn.Linear

    def logits(self, states_NH: Tensor) -> Tensor:
        """Logits (N, V), in the weights' type, of states as they leave a block."""
        x_NE = states_NH.to(self.head.weight)
        for module in self.norm:
            x_NE = module(x_NE)
        logits_NV: Tensor = self.head(x_NE)
        return logits_NV


def linear_head(model: PreTrainedModel, token: int, analysis: str) -> nn.Linear:
    """The layer from the base model's states to logits.

    A trial on `token` shows that it is all there is between them. Some families scale or cap the
    logits afterwards; reading those by the head alone would be silently wrong. Raises `UserError`
    for them, and for a model without such a layer, telling which `analysis` to set to null.
    """
    head = model.get_output_embeddings()
    if isinstance(head, nn.Linear):
        trial = _trial(model, token)
        with torch.no_grad():
            whole = model(**trial).logits.float()
            ours = head(model.base_model(**trial).last_hidden_state).float()
        if _same(whole, ours):
            return head
    raise UserError(
        f"the logits of {type(model).__name__} are not its output layer's values",
        where=model.name_or_path or None,
        fix=f"set {analysis} to null",
    )


def find_readout(model: PreTrainedModel, token: int, analysis: str) -> Readout:
    """What follows the model's blocks, by a trial on `token`.

    Raises `UserError` when it is not a row of modules beside the blocks, when the logits are not
    the head's outputs, and when the model is not a decoder, telling which `analysis` to set to
    null.
    """
    head = linear_head(model, token, analysis)
    blocks = decoder_blocks(model)
    beside = next(
        [child for child in module.children() if child is not blocks]
        for module in model.base_model.modules()
        if any(child is blocks for child in module.children())
    )
    left: list[Tensor] = []
    called: list[nn.Module] = []

    def leaves(_: nn.Module, __: tuple[Any, ...], output: Any) -> None:  # noqa: ANN401 (families differ)
        left.append(output[0] if isinstance(output, tuple) else output)

    def enters(module: nn.Module, _: tuple[Any, ...]) -> None:
        if left:
            called.append(module)

    handles = [blocks[-1].register_forward_hook(leaves)]
    try:
        handles += [child.register_forward_pre_hook(enters) for child in beside]
        with torch.no_grad():
            whole = model(**_trial(model, token)).logits
    finally:
        for handle in handles:
            handle.remove()
    readout = Readout(tuple(called), head)
    try:
        with torch.no_grad():
            fits = _same(whole, readout.logits(left[-1]))
    except (RuntimeError, TypeError):  # modules that do not follow one another don't fit together
        fits = False
    if not fits:
        raise UserError(
            f"what follows the blocks of {type(model).__name__} is not a row of modules",
            where=model.name_or_path or None,
            fix=f"set {analysis} to null",
        )
    return readout


def _trial(model: PreTrainedModel, token: int) -> dict[str, Any]:
    """Arguments of a forward on two tokens."""
    return {
        "input_ids": torch.tensor([[token, token]], device=model.device),
        "attention_mask": torch.ones(1, 2, dtype=torch.int64, device=model.device),
        "use_cache": False,
    }


def _same(whole: Tensor, ours: Tensor) -> bool:
    return whole.shape == ours.shape and torch.allclose(
        whole.float(), ours.float(), rtol=1e-3, atol=1e-3, equal_nan=True
    )
