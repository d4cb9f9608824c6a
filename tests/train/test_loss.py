"""The chunked loss equals PyTorch's cross-entropy, in value and in gradient."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

from analysis.seeds import torch_stream
from train import loss as loss_module
from train.loss import IGNORED, chunked_cross_entropy, losses_and_slope


def case(rows: int, width: int, words: int, seed: int) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    hidden = torch.randn(rows, width, generator=generator, dtype=torch.float64)
    weight = torch.randn(words, width, generator=generator, dtype=torch.float64)
    targets = torch.randint(0, words, (rows,), generator=generator)
    return hidden.requires_grad_(), weight.requires_grad_(), targets


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 40),
    words=st.integers(2, 50),
    chunk=st.integers(1, 45),
    ignored=st.floats(0, 0.9),
    seed=st.integers(0, 10**6),
)
def test_equal_to_pytorch(rows: int, words: int, chunk: int, ignored: float, seed: int) -> None:
    hidden, weight, targets = case(rows, 6, words, seed)
    drop = torch.rand(rows, generator=torch.Generator().manual_seed(seed)) < ignored
    drop[0] = False
    targets = targets.masked_fill(drop, IGNORED)
    hidden32 = hidden.detach().float().requires_grad_()
    weight32 = weight.detach().float().requires_grad_()
    expected = functional.cross_entropy(hidden @ weight.T, targets)
    got = loss_module._ChunkedCrossEntropy.apply(  # type: ignore[no-untyped-call]
        hidden32, weight32, targets, chunk, losses_and_slope
    )
    torch.testing.assert_close(got.double(), expected, atol=1e-5, rtol=1e-5)
    (expected * 3).backward()
    (got * 3).backward()
    for mine, reference in ((hidden32, hidden), (weight32, weight)):
        assert mine.grad is not None
        assert reference.grad is not None
        torch.testing.assert_close(mine.grad.double(), reference.grad, atol=1e-5, rtol=1e-4)


class Largest(TorchDispatchMode):
    """Notes how many numbers the largest tensor has that is made."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.numbers = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> object:
        made = func(*args, **(kwargs or {}))
        if isinstance(made, torch.Tensor):
            self.numbers = max(self.numbers, made.numel())
        return made


def test_the_logits_never_exist_whole() -> None:
    """With 1 MiB for the logits of 30,000 words, no tensor of more rows than fit is made."""
    hidden = torch.randn(100, 4, requires_grad=True)
    weight = torch.randn(30_000, 4, requires_grad=True)
    with Largest() as largest:
        chunked_cross_entropy(hidden, weight, torch.arange(100), chunk_mb=1).backward()
    assert largest.numbers == 8 * 30_000  # eight rows of fp32 numbers fit into one MiB


def test_chunks_are_even_and_hold_every_row_once() -> None:
    for length in range(30):
        for rows in range(1, 12):
            lengths = [part.stop - part.start for part in loss_module._chunks(length, rows)]
            assert max(lengths, default=0) <= rows
            assert len(lengths) == -(-length // rows)
            assert len(set(lengths)) <= 1
            covered = [i for part in loss_module._chunks(length, rows) for i in range(length)[part]]
            assert covered == list(range(length))


def test_a_second_backward_pass_is_refused() -> None:
    """Gradients are scaled in place, so a second pass would give wrong ones."""
    hidden, weight, targets = case(5, 4, 7, 0)
    loss = chunked_cross_entropy(hidden, weight, targets)
    (loss * 3).backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="inplace"):
        loss.backward()


def test_a_nearly_certain_target_keeps_its_gradient_in_bf16() -> None:
    """p - 1 is -4e-4 here, less than the distance of two bf16 numbers near 1."""
    logits = torch.tensor([[8.0, 0.0, -1.0]], dtype=torch.bfloat16)
    _, slope = losses_and_slope(logits, torch.tensor([0]), torch.tensor(1))
    exact = torch.tensor([[8.0, 0.0, -1.0]]).softmax(dim=1) - torch.tensor([[1.0, 0.0, 0.0]])
    torch.testing.assert_close(slope.float(), exact, atol=0, rtol=4e-3)


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_the_graph_that_is_compiled_gives_the_same(precision: torch.dtype) -> None:
    """Captured whole, with the eager backend in place of generated code."""
    logits = torch.randn(6, 50, generator=torch_stream(0, "test/logits")).to(precision)
    targets = torch.tensor([0, 49, IGNORED, 7, 7, IGNORED])
    captured = torch.compile(losses_and_slope, fullgraph=True, backend="aot_eager")
    expected = losses_and_slope(logits.clone(), targets, torch.tensor(4))
    for mine, reference in zip(
        captured(logits.clone(), targets, torch.tensor(4)), expected, strict=True
    ):
        torch.testing.assert_close(mine, reference, atol=1e-7, rtol=1e-6)
    assert expected[1].dtype == precision
    assert not expected[1][targets == IGNORED].any()


def test_frozen_inputs_get_no_gradient() -> None:
    hidden, weight, targets = case(5, 4, 7, 0)
    chunked_cross_entropy(hidden.float(), weight.detach().float(), targets).backward()
    assert hidden.grad is not None
    assert weight.grad is None
    with torch.no_grad():
        assert chunked_cross_entropy(hidden.float(), weight.float(), targets).isfinite()


def test_under_autocast_products_are_bf16_and_the_sum_is_fp32() -> None:
    hidden, weight, targets = case(64, 16, 30, 3)
    exact = functional.cross_entropy(hidden @ weight.T, targets)
    hidden32 = hidden.detach().float().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        got = chunked_cross_entropy(hidden32, weight.detach().float(), targets)
    assert got.dtype == torch.float32
    assert got.item() == pytest.approx(exact.item(), rel=2e-2)
    assert got.item() != pytest.approx(exact.item(), rel=1e-7)
    got.backward()
    assert hidden32.grad is not None
    assert hidden32.grad.dtype == torch.float32
