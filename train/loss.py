"""Cross-entropy over a large vocabulary without ever holding its logits whole.

Shapes: N rows (tokens), D model width, V vocabulary, R rows of one chunk.

The logits (N, V) of 32k tokens and 256,008 words would take 34 GB in fp32, and their gradient as
much again. The loss is therefore computed in chunks of rows, and each chunk is finished at once:

1. logits_RV = hidden_RD @ weight_VD.T for R rows, in the precision of the products (autocast);
2. their log-sum-exp in fp32 and the loss of the chunk's targets;
3. in training, the gradient of the logits, (softmax - one-hot) / targets, written over the logits;
4. from it the chunk's rows of the hidden states' gradient, and its share of the weight's gradient,
   each product in the precision of step 1, their sum in fp32;
5. the next chunk reuses the memory.

Backward then only scales what forward has computed: three matrix products in all, as many as the
plain loss needs, and R x V instead of 2 x N x V numbers of memory.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

IGNORED = -100
"""Target of rows that do not count."""


def chunked_cross_entropy(
    hidden_ND: Tensor, weight_VD: Tensor, targets_N: Tensor, *, chunk_mb: int = 256
) -> Tensor:
    """Mean cross-entropy in nats (fp32 scalar) of `hidden_ND @ weight_VD.T` against `targets_N`.

    Rows whose target is `IGNORED` do not count; with none that counts the loss is NaN, as in
    PyTorch. `chunk_mb` bounds the fp32 logits of a chunk, in MiB; with what is made from them, up
    to three times as much exists at one time.
    """
    rows = max(1, chunk_mb * 2**20 // (4 * weight_VD.shape[0]))
    loss: Tensor = _ChunkedCrossEntropy.apply(  # type: ignore[no-untyped-call]
        hidden_ND, weight_VD, targets_N, rows
    )
    return loss


class _ChunkedCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: FunctionCtx, hidden_ND: Tensor, weight_VD: Tensor, targets_N: Tensor, rows: int
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
            grad_VD = torch.zeros_like(weight_VD, dtype=torch.float32) if need_weight else None
            counted = (targets_N != IGNORED).sum()
            total = hidden_ND.new_zeros((), dtype=torch.float32)
            for start in range(0, len(states_ND), rows):
                chunk = slice(start, start + rows)
                states_RD, targets_R = states_ND[chunk], targets_N[chunk]
                kept_R = targets_R != IGNORED
                index_R1 = targets_R.clamp(min=0)[:, None]
                logits_RV = (states_RD @ table_VD.T).float()
                norm_R = logits_RV.logsumexp(dim=1)
                hit_R = logits_RV.gather(1, index_R1)[:, 0]
                total += ((norm_R - hit_R) * kept_R).sum()
                if grad_ND is None and grad_VD is None:
                    continue
                scale_R1 = (kept_R / counted)[:, None]
                slope_RV = logits_RV.sub_(norm_R[:, None]).exp_().mul_(scale_R1)
                slope_RV.scatter_add_(1, index_R1, -scale_R1)
                slope_RV = slope_RV.to(products)
                if grad_ND is not None:
                    grad_ND[chunk] = slope_RV @ table_VD
                if grad_VD is not None and products == torch.float32:
                    grad_VD.addmm_(slope_RV.T, states_RD)
                elif grad_VD is not None:
                    grad_VD += slope_RV.T @ states_RD
        ctx.save_for_backward(grad_ND, grad_VD)  # type: ignore[arg-type]
        ctx.weight_dtype = weight_VD.dtype  # type: ignore[attr-defined]
        return total / counted

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:  # noqa: ANN401
        grad_ND, grad_VD = ctx.saved_tensors
        return (
            None if grad_ND is None else grad_ND * grad,
            None if grad_VD is None else (grad_VD * grad).to(ctx.weight_dtype),
            None,
            None,
        )
