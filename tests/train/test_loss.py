"""The chunked loss equals PyTorch's cross-entropy, in value and in gradient."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from train import loss as loss_module
from train.loss import IGNORED, chunked_cross_entropy


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
        hidden32, weight32, targets, chunk
    )
    torch.testing.assert_close(got.double(), expected, atol=1e-5, rtol=1e-5)
    (expected * 3).backward()
    (got * 3).backward()
    for mine, reference in ((hidden32, hidden), (weight32, weight)):
        assert mine.grad is not None
        assert reference.grad is not None
        torch.testing.assert_close(mine.grad.double(), reference.grad, atol=1e-5, rtol=1e-4)


def test_the_logits_never_exist_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 1 MiB for the logits of 300,000 words, no tensor of more rows than fit is made."""
    seen: list[int] = []
    original = torch.Tensor.logsumexp

    def watch(logits: torch.Tensor, dim: int) -> torch.Tensor:
        seen.append(logits.numel() * 4)
        return original(logits, dim=dim)

    monkeypatch.setattr(torch.Tensor, "logsumexp", watch)
    hidden, weight = torch.randn(100, 4, requires_grad=True), torch.randn(30_000, 4)
    chunked_cross_entropy(hidden, weight, torch.arange(100), chunk_mb=1)
    assert len(seen) == 13  # 8 rows of 30,000 fp32 numbers fit into one MiB
    assert max(seen) <= 2**20


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
