"""Cross-entropy over a large vocabulary without ever holding its logits whole.

Shapes: N rows (tokens), D model width, V vocabulary, R rows of one chunk.

The logits (N, V) of 32k tokens and 256,008 words would take 34 GB in fp32, and their gradient as
much again. The loss is therefore computed in chunks of rows, and each chunk is finished at once:

1. logits_RV = hidden_RD @ weight_VD.T for R rows, in the precision of the products (autocast);
2. in fp32 and, as far as the precision allows, in the memory of the logits: the loss of the chunk's
   targets, and in training the gradient of the logits, (softmax - one-hot) / targets;
3. from it the chunk's rows of the hidden states' gradient, and its share of the weight's gradient,
   each product in the precision of step 1, their sum in fp32;
4. the next chunk reuses the memory.

Backward then only scales what forward has computed: three matrix products in all, as many as the
plain loss needs, and R x V instead of 4 x N x V numbers of memory. Step 2 reads and writes the
logits some ten times; compiled, it does so twice and makes no fp32 copy of bf16 logits.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

IGNORED = -100
"""Target of rows that do not count."""


def chunked_cross_entropy(
    hidden_ND: Tensor,
    weight_VD: Tensor,
    targets_N: Tensor,
    *,
    chunk_mb: int = 256,
    compiled: bool = False,
) -> Tensor:
    """Mean cross-entropy in nats (fp32 scalar) of `hidden_ND @ weight_VD.T` against `targets_N`.

    Rows whose target is `IGNORED` do not count; with none that counts the loss is NaN, as in
    PyTorch. `chunk_mb` bounds the fp32 logits of a chunk, in MiB; with bf16 products twice as much
    exists at one time, unless step 2 is `compiled`. One backward pass alone can be made.
    """
    rows = max(1, chunk_mb * 2**20 // (4 * weight_VD.shape[0]))
    loss: Tensor = _ChunkedCrossEntropy.apply(  # type: ignore[no-untyped-call]
        hidden_ND, weight_VD, targets_N, rows, _compiled if compiled else losses_and_slope
    )
    return loss


class _ChunkedCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: FunctionCtx,
        hidden_ND: Tensor,
        weight_VD: Tensor,
        targets_N: Tensor,
        rows: int,
        finish: Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]],
    ) -> Tensor:
        device = hidden_ND.device.type
        products = (
            torch.get_autocast_dtype(device)
            if torch.is_autocast_enabled(device)
            else weight_VD.dtype
        )
        need_hidden, need_weight = ctx.needs_input_grad[:2]  # type: ignore[attr-defined]
        with torch.autocast(device, enabled=False):
            states_ND, table_VD = hidden_ND.to(products), weight_VD.to(products)
            grad_ND = torch.empty_like(hidden_ND) if need_hidden else None
            grad_VD: Tensor | None = None
            counted = (targets_N != IGNORED).sum()
            total = hidden_ND.new_zeros((), dtype=torch.float32)
            for chunk in _chunks(len(states_ND), rows):
                states_RD = states_ND[chunk]
                losses_R, slope_RV = finish(states_RD @ table_VD.T, targets_N[chunk], counted)
                total += losses_R.sum()
                if grad_ND is not None:
                    grad_ND[chunk] = slope_RV @ table_VD
                if need_weight:
                    grad_VD = _add_product(grad_VD, slope_RV.T, states_RD)
        ctx.save_for_backward(grad_ND, grad_VD)  # type: ignore[arg-type]
        ctx.weight_dtype = weight_VD.dtype  # type: ignore[attr-defined]
        return total / counted

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any,  # noqa: ANN401 (whatever forward has put there)
        grad: Tensor,
    ) -> tuple[Tensor | None, Tensor | None, None, None, None]:
        # In place: PyTorch refuses a second pass over saved tensors that have changed.
        grad_ND, grad_VD = ctx.saved_tensors
        return (
            None if grad_ND is None else grad_ND.mul_(grad),
            None if grad_VD is None else grad_VD.mul_(grad).to(ctx.weight_dtype),
            None,
            None,
            None,
        )


def losses_and_slope(
    logits_RV: Tensor, targets_R: Tensor, counted: Tensor
) -> tuple[Tensor, Tensor]:
    """Cross-entropy (R,) in fp32, and the gradient (R, V) of its sum over `counted` by the logits.

    The gradient has the precision of the logits; fp32 logits are overwritten with it.
    """
    precision = logits_RV.dtype
    logits_RV = logits_RV.float()
    kept_R1 = (targets_R != IGNORED)[:, None]
    target_R1 = targets_R.clamp(min=0)[:, None]
    hit_R1 = logits_RV.gather(1, target_R1)
    top_R1 = logits_RV.amax(dim=1, keepdim=True)
    powers_RV = logits_RV.sub_(top_R1).exp_()
    sum_R1 = powers_RV.sum(dim=1, keepdim=True)
    chance_R1 = hit_R1 - top_R1 - sum_R1.log()  # log-probability of the target
    share_R1 = kept_R1 / counted
    slope_RV = powers_RV.mul_(share_R1 / sum_R1).to(precision)
    # Set, not subtracted: near probability 1 the rounded difference would be lost.
    slope_RV.scatter_(1, target_R1, (chance_R1.expm1() * share_R1).to(precision))
    return -torch.where(kept_R1, chance_R1, 0.0)[:, 0], slope_RV


_compiled = torch.compile(losses_and_slope, fullgraph=True, dynamic=False)
"""Compiled at the first call, for the two lengths at most that chunks have."""


def _chunks(length: int, rows: int) -> list[slice]:
    """Chunks of `rows` at most, as even as can be: a short last one would waste its products."""
    count = -(-length // rows) or 1
    even = -(-length // count) or 1
    return [slice(start, start + even) for start in range(0, length, even)]


def _add_product(total_VD: Tensor | None, slope_VR: Tensor, states_RD: Tensor) -> Tensor:
    """`total_VD` plus the product, in fp32; the first product is the total."""
    if total_VD is None:
        return (slope_VR @ states_RD).float()
    if slope_VR.dtype == torch.float32:
        return total_VD.addmm_(slope_VR, states_RD)
    return total_VD.add_(slope_VR @ states_RD)
