"""The loss over a large vocabulary, forward and backward: ours against PyTorch's whole logits.

Shapes: N tokens, D model width, V vocabulary.
"""

import torch
from torch.nn import functional

from analysis.seeds import torch_stream
from tests.benchmarks.measure import compare
from train.loss import chunked_cross_entropy

TOKENS, WIDTH, WORDS = 512, 512, 256_008


def rows() -> list[tuple[str, str, str, str]]:
    """What was measured, ours, theirs, ratio."""
    generator = torch_stream(0, "bench/loss")
    hidden_ND = torch.randn(TOKENS, WIDTH, generator=generator).requires_grad_()
    weight_VD = (0.02 * torch.randn(WORDS, WIDTH, generator=generator)).requires_grad_()
    targets_N = torch.randint(0, WORDS, (TOKENS,), generator=generator)

    def ours() -> None:
        chunked_cross_entropy(hidden_ND, weight_VD, targets_N).backward()
        hidden_ND.grad = weight_VD.grad = None

    def theirs() -> None:
        functional.cross_entropy((hidden_ND @ weight_VD.T).float(), targets_N).backward()
        hidden_ND.grad = weight_VD.grad = None

    first, second = (TOKENS / seconds for seconds in compare(ours, theirs, turns=3))
    name = f"loss and its gradients, {TOKENS} tokens x {WORDS:,} words, width {WIDTH}"
    return [
        (name, f"{first:,.0f} tokens/s", f"{second:,.0f} tokens/s", f"{first / second:.2f}x")
    ]  # fmt: skip
