"""States of chosen tokens at every depth of a decoder, from one forward pass.

Depth 0 is what enters the first block: the embeddings, with positions where the model adds them.
Depth d is what block d leaves on the residual stream, for the last block as for the others. The
last entry of transformers' `hidden_states` is taken after the final norm instead; here it is
not, because the norm divides each token by its own scale, and a curve over depth would then end on
a quantity of another kind.

Shapes: D depths (blocks + 1), N chosen tokens, M of them in one batch, B windows of T positions,
H hidden size.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from tqdm import tqdm
from transformers import PreTrainedModel

from analysis.errors import UserError
from analysis.memory import no_memory_is_a_user_error
from analysis.tokens import Ids, padded_batches

Floats32 = npt.NDArray[np.float32]


def decoder_blocks(model: PreTrainedModel) -> nn.ModuleList:
    """The model's transformer blocks in the order in which they run.

    They are the list of modules, the outermost one, that is as long as the configuration says the
    model is deep; this holds for XGLM, GPT-2, GPT-NeoX, BLOOM, OPT, Llama and its kin. Raises
    `UserError` for a model with an encoder, and when there is no such list.
    """
    if getattr(model.config, "is_encoder_decoder", False):
        raise UserError(
            f"{type(model).__name__} has an encoder",
            where=model.name_or_path or None,
            fix="use a decoder-only language model",
        )
    layers = model.config.num_hidden_layers
    lists = [
        (name.count("."), module)
        for name, module in model.base_model.named_modules()
        if isinstance(module, nn.ModuleList) and len(module) == layers
    ]
    if not lists:
        raise UserError(
            f"no list of {layers} blocks in {type(model).__name__}",
            where=model.name_or_path or None,
            fix="use a decoder-only language model of transformers",
        )
    return min(lists, key=lambda found: found[0])[1]


def hidden_states(
    model: PreTrainedModel,
    windows: Sequence[Ids],
    window_N: Ids,
    position_N: Ids,
    *,
    batch_tokens: int,
    analysis: str = "probing",
) -> Floats32:
    """States (D, N, H) in fp32 of token `position_N[i]` of window `window_N[i]`, for each i.

    One forward of the base model serves all depths; no logits are computed, and only the chosen
    states are kept, so memory is D * N * H * 4 bytes and what a forward of `batch_tokens` tokens
    takes. Windows are padded on the right under an attention mask. A window is read no further
    than its last chosen token, since a decoder's state does not depend on what follows.

    `analysis` is the block of settings that `batch_tokens` comes from. Raises `UserError` when a
    state is not finite, when the model is not a decoder, and when the device's memory doesn't
    suffice.
    """
    assert not model.training, "the states of a model in training mode are random"
    assert len(window_N) == len(position_N) > 0, (len(window_N), len(position_N))
    chosen_of: dict[int, list[int]] = {}
    for token, window in enumerate(window_N.tolist()):
        chosen_of.setdefault(window, []).append(token)
    read = list(chosen_of)
    chosen = [np.asarray(chosen_of[window], dtype=np.int64) for window in read]
    cut = [
        windows[window][: position_N[tokens].max() + 1]
        for window, tokens in zip(read, chosen, strict=True)
    ]
    depths = len(decoder_blocks(model)) + 1
    states_DNH: Floats32 | None = None
    # Not inference mode: tables that a model makes during a forward and keeps, as XGLM does with
    # its positions, would stay inference tensors, which a later training step must not save.
    with (
        torch.no_grad(),
        tqdm(total=len(cut), desc="states", unit="window", leave=False) as bar,
        no_memory_is_a_user_error(
            "states were read", where=f"{analysis}.batch_tokens", value=batch_tokens
        ),
    ):
        for batch in padded_batches(cut, batch_tokens):
            token_M = np.concatenate([chosen[window] for window in batch.windows])
            row_M = np.repeat(
                np.arange(len(batch.windows)), [len(chosen[window]) for window in batch.windows]
            )
            rows, columns = torch.from_numpy(row_M), torch.from_numpy(position_N[token_M])
            with _residual_stream(model, rows, columns) as depth_states:
                model.base_model(
                    input_ids=batch.ids_BT.to(model.device),
                    attention_mask=batch.mask_BT.to(model.device),
                    use_cache=False,
                )
            assert len(depth_states) == depths, (len(depth_states), depths)
            states_DMH = torch.stack(depth_states).cpu().numpy()
            if states_DNH is None:
                shape = (depths, len(window_N), states_DMH.shape[-1])
                states_DNH = np.empty(shape, dtype=np.float32)
            states_DNH[:, token_M] = states_DMH
            bar.update(len(batch.windows))
    assert states_DNH is not None
    # The sum of a depth is finite only if all of it is, and costs no second array.
    broken = np.flatnonzero(~np.isfinite(states_DNH.sum(axis=(1, 2), dtype=np.float64)))
    if len(broken):
        raise UserError(
            f"states at depth {broken[0]} are not finite",
            where=model.name_or_path or None,
            fix="the weights have diverged; use an earlier checkpoint",
        )
    return states_DNH


@contextmanager
def _residual_stream(
    model: PreTrainedModel, rows: torch.Tensor, columns: torch.Tensor
) -> Iterator[list[torch.Tensor]]:
    """Collect (M, H) in fp32 at each depth of a forward that is run inside."""
    kept: list[torch.Tensor] = []

    def keep(state_BTH: torch.Tensor) -> None:
        place = state_BTH.device
        kept.append(state_BTH[rows.to(place), columns.to(place)].float())

    def enters(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        keep(args[0] if args else kwargs["hidden_states"])

    def leaves(_: nn.Module, __: tuple[Any, ...], output: Any) -> None:  # noqa: ANN401 (families differ)
        keep(output[0] if isinstance(output, tuple) else output)

    blocks = decoder_blocks(model)
    handles: list[Callable[[], None]] = [
        blocks[0].register_forward_pre_hook(enters, with_kwargs=True).remove
    ]
    handles += [block.register_forward_hook(leaves).remove for block in blocks]
    try:
        yield kept
    finally:
        for remove in handles:
            remove()
