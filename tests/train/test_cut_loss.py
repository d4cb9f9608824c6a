"""Cut cross-entropy: refused where it cannot run, and equal to the chunked loss where it can."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from analysis.errors import UserError
from analysis.seeds import torch_stream
from train.cut_loss import VARIANT, check_cut, cut_cross_entropy
from train.loss import IGNORED, chunked_cross_entropy

GPU = torch.device("cuda", 0)


def runs_here() -> bool:
    try:
        check_cut(GPU)
    except UserError:
        return False
    return torch.cuda.is_available()


def installed(monkeypatch: pytest.MonkeyPatch, package: object) -> None:
    """Put a stand-in in the package's place; None is one that is not there."""
    monkeypatch.setitem(sys.modules, "cut_cross_entropy", package)


def test_without_a_gpu_it_is_refused() -> None:
    with pytest.raises(UserError, match=r"model.loss: cut needs a GPU, and this run is on cpu"):
        check_cut(torch.device("cpu"))


@pytest.mark.parametrize(
    "package",
    [
        None,
        SimpleNamespace(),
        SimpleNamespace(LinearCrossEntropyImpl=[SimpleNamespace(name="CCE")]),
    ],
    ids=["absent", "another package of the name", "before version 25.3"],
)
def test_without_the_package_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, package: object
) -> None:
    installed(monkeypatch, package)
    with pytest.raises(UserError, match=r"needs the package cut-cross-entropy.*pip install git\+"):
        check_cut(GPU)


def test_the_package_is_called_by_its_documented_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    def theirs(e: Any, c: Any, targets: Any, *, ignore_index: int, impl: str) -> torch.Tensor:
        assert impl == VARIANT == "cce_kahan_full_c"
        return torch.nn.functional.cross_entropy(e @ c.T, targets, ignore_index=ignore_index)

    names = [SimpleNamespace(name="CCE"), SimpleNamespace(name="CCE_KAHAN_FULL_C")]
    package = SimpleNamespace(linear_cross_entropy=theirs, LinearCrossEntropyImpl=names)
    installed(monkeypatch, package)
    check_cut(GPU)
    hidden, weight = torch.randn(6, 4), torch.randn(9, 4)
    targets = torch.tensor([0, 8, IGNORED, 3, 3, 1])
    torch.testing.assert_close(
        cut_cross_entropy(hidden, weight, targets), chunked_cross_entropy(hidden, weight, targets)
    )


@pytest.mark.skipif(not runs_here(), reason="needs a GPU and the package cut-cross-entropy")
def test_equal_to_the_chunked_loss_in_fp32() -> None:
    generator = torch_stream(0, "test/cut")
    words, targets = 5_000, torch.randint(0, 5_000, (512,), generator=generator)
    targets[::7] = IGNORED
    gradients = []
    losses = []
    for loss in (cut_cross_entropy, chunked_cross_entropy):
        generator.manual_seed(1)
        hidden = torch.randn(512, 128, generator=generator).to(GPU).requires_grad_()
        weight = (0.1 * torch.randn(words, 128, generator=generator)).to(GPU).requires_grad_()
        losses.append(loss(hidden, weight, targets.to(GPU)))
        losses[-1].backward()
        gradients.append((hidden.grad, weight.grad))
    assert losses[0].item() == pytest.approx(losses[1].item(), rel=1e-4)
    for mine, reference in zip(*gradients, strict=True):
        assert mine is not None
        assert reference is not None
        assert (mine - reference).norm() <= 1e-3 * reference.norm()
