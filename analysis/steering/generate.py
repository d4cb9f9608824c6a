"""Texts that a model writes from nothing but the token before a document, many at a time.

1. A job is a forcing and a seed. Jobs stand side by side in batches; all of them start from one and
   the same token, so that the rows of a batch have equal lengths and need no padding.
2. Each forward reads one token per row; keys and values of those before are kept.
3. A token is drawn by inverting the cumulated probabilities, in the order of the vocabulary and in
   float64, at a number in [0, 1) that seed and position alone determine. Texts of the same seed
   under different forcings so differ by the forcing and not by the draw.
4. A batch ends when all of its texts have, each at the end-of-text token or the longest length.

Never drawn are the tokenizer's special tokens other than end of text, and entries of the model's
vocabulary that no token has: a text is what can be read of it, and nothing else.

What a seed's text depends on. Every batch has `batch_texts` rows, the last one with rows that
nobody reads, for matrix products of another shape round otherwise. So on one machine, with one
number of threads and one `batch_texts`, a text does not depend on what is written beside it, on its
place, or on the day. Other shapes change the logits by their rounding, and the text in the rare
case that the draw falls between: `tests/benchmarks/steering.py` counts how rarely.

Shapes: B texts of a batch, T tokens of the longest, V vocabulary, K blocks of the vocabulary.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from tqdm import tqdm
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from analysis.errors import UserError
from analysis.memory import no_memory_is_a_user_error
from analysis.seeds import uniforms
from analysis.steering.forcing import Forcing, forced
from analysis.tokens import check_vocabulary, document_start, fitting_context

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BLOCK = 256
"""Tokens whose probabilities are summed together before any is looked at by itself."""


@dataclass(frozen=True)
class Job:
    """A text to be written."""

    forcing: Forcing | None
    """Units held while it is written; None for none."""

    seed: int
    """Of its draws."""


@dataclass(frozen=True)
class Written:
    """A text that was written."""

    text: str
    """What can be read, special tokens left out."""

    ids: tuple[int, ...]
    """Its tokens, without the one it started from and without end of text."""

    ended: bool
    """Whether the model ended it, rather than the longest length."""


def generate(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    jobs: Sequence[Job],
    *,
    max_new_tokens: int,
    temperature: float = 1.0,
    top_p: float = 1.0,
    batch_texts: int = 64,
) -> list[Written]:
    """The texts of `jobs`, in their order.

    At most `max_new_tokens` tokens each, or as many as the model has positions. Logits are divided
    by `temperature`; of the most probable tokens so many are drawn from as together have the
    probability `top_p`, but at least one. `model` is in eval mode and in float32; neither its
    weights nor any random generator change.

    Raises `UserError` for a tokenizer that has tokens unknown to the model or none that a text
    could start from, for logits that are not finite, and when the device's memory doesn't suffice.
    """
    assert not model.training, "the model must be in eval mode"
    check_vocabulary(model, tokenizer)
    longest = fitting_context(model, max_new_tokens)
    draw = _Draw(model, tokenizer, temperature, top_p)
    written: list[Written] = []
    # Not inference mode, for the reason given in `analysis.activations.hidden`.
    with (
        torch.no_grad(),
        tqdm(total=len(jobs), desc="texts", unit="text", leave=False) as bar,
        no_memory_is_a_user_error(
            "texts were written", where="steering.batch_texts", value=batch_texts
        ),
    ):
        for first in range(0, len(jobs), batch_texts):
            batch = jobs[first : first + batch_texts]
            ids_BT = _write(model, tokenizer, batch, draw, rows=batch_texts, longest=longest)
            written += _read(tokenizer, ids_BT[: len(batch)])
            bar.update(len(batch))
    return written


def _write(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    jobs: Sequence[Job],
    draw: "_Draw",
    *,
    rows: int,
    longest: int,
) -> Ints:
    """Token ids (B, T) of one batch of `rows` texts; what follows an end of text is unread."""
    noise_BT = np.full((rows, longest), 0.5)
    for row, job in enumerate(jobs):
        noise_BT[row] = uniforms(job.seed, "steering/text", np.arange(longest))
    ids_BT = np.empty((rows, longest), dtype=np.int64)
    token_B = np.full(rows, document_start(tokenizer))
    going_B = np.arange(rows) < len(jobs)
    forcings = [job.forcing for job in jobs] + [None] * (rows - len(jobs))
    cache = None
    with forced(model, forcings):
        for place in range(longest):
            fed_B1 = torch.from_numpy(token_B)[:, None].to(model.device)
            output = model(input_ids=fed_B1, past_key_values=cache, use_cache=True)
            cache = output.past_key_values
            token_B = draw(output.logits[:, -1].float(), noise_BT[:, place])
            ids_BT[:, place] = token_B
            going_B &= token_B != tokenizer.eos_token_id
            if not going_B.any():
                return ids_BT[:, : place + 1]
    return ids_BT


class _Draw:
    """Draws a token for each row of logits, at the numbers given."""

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        temperature: float,
        top_p: float,
    ) -> None:
        head = model.get_output_embeddings()
        special = set(tokenizer.all_special_ids) - {tokenizer.eos_token_id}
        nameless = range(len(tokenizer), head.get_parameter("weight").shape[0])
        self.never = torch.tensor([*sorted(special), *nameless], device=model.device)
        self.temperature = temperature
        self.top_p = top_p
        self.name = model.name_or_path

    def __call__(self, logits_BV: Tensor, number_B: Floats) -> Ints:
        """Tokens (B,): of each row the first one whose cumulated probability exceeds its number.

        Blocks of the vocabulary are summed up first, so that of the whole only these sums, and of
        each row one block, leave the device; there the sums are cumulated in a fixed order.
        """
        rows, size = logits_BV.shape
        logits_BV = logits_BV.index_fill(1, self.never, -torch.inf)
        weight_BV = (
            logits_BV.sub_(logits_BV.amax(dim=1, keepdim=True)).div_(self.temperature).exp_()
        )
        if self.top_p < 1:
            weight_BV = _most_probable(weight_BV, self.top_p)
        weight_BKb = torch.nn.functional.pad(weight_BV, (0, -size % BLOCK)).view(rows, -1, BLOCK)
        upto_BK = weight_BKb.sum(dim=2).cpu().double().numpy().cumsum(axis=1)
        if not np.isfinite(upto_BK[:, -1]).all():
            raise UserError(
                "a logit is not finite",
                where=self.name or None,
                fix="the weights have diverged, or units are forced too far: use an earlier "
                "checkpoint, or lower steering.factors",
            )
        block_B, left_B = _invert(upto_BK, number_B * upto_BK[:, -1])
        inside_Bb = weight_BKb[torch.arange(rows), torch.from_numpy(block_B)].cpu().double().numpy()
        place_B, _ = _invert(inside_Bb.cumsum(axis=1), left_B)
        return block_B * BLOCK + place_B


def _most_probable(weight_BV: Tensor, top_p: float) -> Tensor:
    """The weights, those set to zero before which the more probable ones have `top_p` of the sum.

    Of equally probable ones the first of the vocabulary come first.
    """
    sorted_BV, order_BV = weight_BV.sort(dim=1, descending=True, stable=True)
    upto_BV = sorted_BV.cumsum(dim=1, dtype=torch.float64)
    left_out_BV = upto_BV - sorted_BV >= top_p * upto_BV[:, -1:]
    left_out_BV[:, 0] = False
    return torch.zeros_like(weight_BV).scatter_(1, order_BV, sorted_BV.masked_fill(left_out_BV, 0))


def _invert(upto_BN: Floats, target_B: Floats) -> tuple[Ints, Floats]:
    """The first place in each row that exceeds its target, and how far the target lies into it."""
    # A target that rounding has brought to the very end belongs to the last place with any weight.
    target_B = np.minimum(target_B, np.nextafter(upto_BN[:, -1], 0))
    place_B = (upto_BN <= target_B[:, None]).sum(axis=1)
    before_B = np.where(place_B > 0, upto_BN[np.arange(len(upto_BN)), place_B - 1], 0)
    return place_B, target_B - before_B


def _read(tokenizer: PreTrainedTokenizerBase, ids_BT: Ints) -> list[Written]:
    """The texts of rows of tokens, each up to its first end of text."""
    end_BT = ids_BT == tokenizer.eos_token_id
    ended_B = end_BT.any(axis=1)
    length_B = np.where(ended_B, end_BT.argmax(axis=1), ids_BT.shape[1])
    kept = [ids[:length].tolist() for ids, length in zip(ids_BT, length_B, strict=True)]
    texts = tokenizer.batch_decode(
        kept, skip_special_tokens=True, clean_up_tokenization_spaces=False
    )
    return [
        Written(text, tuple(ids), bool(ended))
        for text, ids, ended in zip(texts, kept, ended_B, strict=True)
    ]
