"""Responses of units to sentences: every linear output, pooled over the sentence as it is computed.

1. Sentences are tokenised with the special tokens that the tokenizer adds by default (XGLM: `</s>`
   in front, nothing behind) and sorted by length, so that a batch holds little padding.
2. One forward of the base transformer per batch serves all layers; the language-model head is not
   called, so no logits exist. Sentences are padded on the right, which under a causal mask leaves
   the real tokens as they are.
3. A forward hook on each linear layer pools its output over the positions that count, in float32 on
   the model's device. Only (batch, units) leaves the device, never a whole output.

Responses don't depend on how sentences are batched beyond the rounding of matrix products of
another shape: to about 1e-5 of a unit's largest response in float32.

Shapes: B sentences of a batch, T positions, S sentences, U units, W outputs of one layer.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from analysis.activations.units import UnitGroup
from analysis.errors import UserError
from analysis.memory import no_memory_is_a_user_error
from analysis.tokens import fitting_context, padded_batches


@dataclass(frozen=True)
class Pooling:
    """How the responses of a unit at the positions of a sentence become one number."""

    reduce: Literal["max", "mean"]
    """Largest response, or mean."""

    padded_to: int | None
    """None: padding is left out. Otherwise every sentence is filled up to this many positions with
    the end-of-text token, and the filling counts."""

    special_tokens: bool
    """Whether the tokenizer's own special tokens count. They are fed in any case."""


@dataclass(frozen=True)
class Tokens:
    """One tokenised sentence."""

    ids: tuple[int, ...]
    """Token ids, special tokens included."""

    special: tuple[bool, ...]
    """Which of them the tokenizer added."""


def tokenize(tokenizer: PreTrainedTokenizerBase, sentences: Sequence[str]) -> list[Tokens]:
    """The sentences' tokens with the tokenizer's default special tokens, neither cut nor padded.

    The spelling of a special token inside a sentence is read as mere text.
    """
    if not sentences:
        return []
    encoded = tokenizer(
        list(sentences),
        add_special_tokens=True,
        split_special_tokens=True,
        return_special_tokens_mask=True,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,
    )
    return [
        Tokens(tuple(ids), tuple(map(bool, special)))
        for ids, special in zip(encoded["input_ids"], encoded["special_tokens_mask"], strict=True)
    ]


def longest_sentence(model: PreTrainedModel, pooling: Pooling, max_tokens: int) -> int:
    """The longest sentence, in tokens, that is read: `max_tokens` or the least bound below it.

    Raises `UserError` for a model that has too few positions for filled-up sentences.
    """
    if pooling.padded_to is not None:
        positions = fitting_context(model, pooling.padded_to)
        if positions < pooling.padded_to:
            raise UserError(
                f"sentences are filled up to {pooling.padded_to} positions, as suau2022 has it, "
                f"but the model has {positions}",
                where="experts.preset",
                fix="use masked or kojima2024",
            )
    return fitting_context(model, min(max_tokens, pooling.padded_to or max_tokens))


def pooled_responses(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    sentences: Sequence[Tokens],
    groups: Sequence[UnitGroup],
    pooling: Pooling,
    *,
    batch_tokens: int = 8192,
    progress: str | None = None,
) -> Tensor:
    """Pooled responses of the units of `groups`, in their order, as a float32 CPU tensor (S, U).

    `model` must be in eval mode; neither its weights nor any random generator change. A batch holds
    at most `batch_tokens` positions, or one sentence. `progress` labels a bar on stderr.

    Raises `UserError` for a sentence without a token that counts, or longer than
    `longest_sentence`; for a model with too few positions for the pooling; for a response that is
    not finite (naming its module); for a module that the forward doesn't call; and when the
    device's memory doesn't suffice.
    """
    assert not model.training, "the model must be in eval mode"
    _check_sentences(model, tokenizer, sentences, pooling)
    starts = np.cumsum([0, *(group.width for group in groups)]).tolist()
    responses_SU = torch.empty(len(sentences), starts[-1])
    fill = _filler(tokenizer)
    windows = [
        np.array(_filled(sentence.ids, pooling.padded_to, fill), dtype=np.int64)
        for sentence in sentences
    ]
    bar = tqdm(
        total=len(sentences),
        desc=progress,
        unit="sentence",
        leave=False,
        disable=None if progress else True,
    )
    # Not inference mode: tables that a model makes and keeps during a forward would then make a
    # later training step fail.
    with (
        bar,
        torch.no_grad(),
        no_memory_is_a_user_error(
            "responses were read", where="experts.batch_tokens", value=batch_tokens
        ),
    ):
        for batch in padded_batches(windows, batch_tokens):
            chosen = [sentences[row] for row in batch.windows]
            pool = _Pool(chosen, batch.ids_BT.shape[1], starts[-1], pooling, model.device)
            with _hooks(model, groups, starts, pool):
                model.base_model(
                    input_ids=batch.ids_BT.to(model.device),
                    attention_mask=pool.fed_BT,
                    use_cache=False,
                )
            pooled_BU = pool.pooled_BU.cpu()
            _check_pooled(pooled_BU, groups, starts, pool.seen)
            responses_SU[torch.from_numpy(batch.windows)] = pooled_BU
            bar.update(len(chosen))
    return responses_SU


class _Pool:
    """Which positions of a batch count, and what its hooks have pooled over them so far."""

    def __init__(
        self,
        sentences: Sequence[Tokens],
        positions: int,
        units: int,
        pooling: Pooling,
        device: torch.device,
    ) -> None:
        shape = len(sentences), positions
        fed_BT = torch.zeros(shape, dtype=torch.int64)
        counts_BT = torch.full(shape, pooling.padded_to is not None)
        for row, sentence in enumerate(sentences):
            size = len(sentence.ids)
            fed_BT[row, :size] = 1
            counts_BT[row, :size] = _counted(sentence, pooling)
        # Columns that count for no sentence, such as a common prefix, are cut off; when all that
        # is left counts, as in a batch of equal lengths, there is nothing to mask.
        columns = counts_BT.any(dim=0).nonzero()
        self.window = slice(int(columns[0]), int(columns[-1]) + 1)
        counts_BT = counts_BT[:, self.window]
        self.left_out_BT1 = None if bool(counts_BT.all()) else ~counts_BT[..., None].to(device)
        self.counted_B1 = counts_BT.sum(dim=1, keepdim=True).to(device)
        self.reduce = pooling.reduce
        self.fed_BT = fed_BT.to(device)
        self.pooled_BU = torch.empty(len(sentences), units, device=device)
        self.seen: set[int] = set()

    def add(self, output: Tensor, start: int) -> None:
        """Pool one layer's output, (B, T, W) or (B T, W), into the units from `start` on."""
        x_BTW = output.detach().reshape(*self.fed_BT.shape, -1)[:, self.window].float()
        if self.reduce == "max":
            if self.left_out_BT1 is not None:
                x_BTW = x_BTW.masked_fill(self.left_out_BT1, -torch.inf)
            pooled_BW = x_BTW.amax(dim=1)
        else:
            if self.left_out_BT1 is not None:
                x_BTW = x_BTW.masked_fill(self.left_out_BT1, 0)
            pooled_BW = x_BTW.sum(dim=1) / self.counted_B1
        self.pooled_BU[:, start : start + pooled_BW.shape[1]] = pooled_BW
        self.seen.add(start)


@contextmanager
def _hooks(
    model: PreTrainedModel, groups: Sequence[UnitGroup], starts: Sequence[int], pool: _Pool
) -> Iterator[None]:
    """Pool the outputs of the groups while inside; the hooks are gone afterwards, error or not."""

    def hook(start: int) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        return lambda _module, _args, output: pool.add(output, start)

    handles = []
    try:
        for group, start in zip(groups, starts, strict=False):
            module = model.get_submodule(group.module)
            handles.append(module.register_forward_hook(hook(start)))
        yield
    finally:
        for handle in handles:
            handle.remove()


def _filler(tokenizer: PreTrainedTokenizerBase) -> int:
    """The token that fills sentences up where filling counts: end of text, else padding."""
    for token in (tokenizer.eos_token_id, tokenizer.pad_token_id):
        if isinstance(token, int):
            return token
    return 0


def _filled(ids: tuple[int, ...], padded_to: int | None, fill: int) -> tuple[int, ...]:
    return ids if padded_to is None else ids + (fill,) * (padded_to - len(ids))


def _counted(sentence: Tokens, pooling: Pooling) -> Tensor:
    """Which of a sentence's tokens are pooled over."""
    special = torch.tensor(sentence.special, dtype=torch.bool)
    return torch.ones_like(special) if pooling.special_tokens else ~special


def _check_sentences(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    sentences: Sequence[Tokens],
    pooling: Pooling,
) -> None:
    longest = max((len(sentence.ids) for sentence in sentences), default=0)
    limit = longest_sentence(model, pooling, longest)
    for sentence in sentences:
        if len(sentence.ids) > limit:
            raise UserError(
                f"it has {len(sentence.ids)} tokens, but {limit} can be read",
                where=_named(tokenizer, sentence),
                fix="leave it out",
            )
        if not bool(_counted(sentence, pooling).any()):
            raise UserError(
                "it has no token of its own", where=_named(tokenizer, sentence), fix="leave it out"
            )


def _named(tokenizer: PreTrainedTokenizerBase, sentence: Tokens) -> str:
    """A sentence by how it starts: its place here is not its place in the user's files."""
    start = tokenizer.decode(list(sentence.ids[:16]), skip_special_tokens=True)
    return f"sentence '{start}{'...' if len(sentence.ids) > 16 else ''}'"


def _check_pooled(
    pooled_BU: Tensor, groups: Sequence[UnitGroup], starts: Sequence[int], seen: set[int]
) -> None:
    for group, start in zip(groups, starts, strict=False):
        if start not in seen:
            raise UserError("the model's forward doesn't call this module", where=group.module)
        if not bool(torch.isfinite(pooled_BU[:, start : start + group.width]).all()):
            raise UserError(
                "a response is not finite",
                where=group.module,
                fix="the weights have diverged; use an earlier checkpoint",
            )
