"""A loss or gradient that is not finite changes nothing, and nothing of it is written."""

import signal
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning import LightningModule, Trainer
from torch import Tensor

from analysis.checkpoints.manifest import read_manifest
from analysis.errors import UserError
from callbacks.resume import ResumeWriter, newest_state
from tests.train.conftest import QUIET, Fit
from train.finite import Updates, spread
from train.loss import chunked_cross_entropy
from train.module import Pretraining
from train.settings import Shape

SELDOM = (*QUIET, "--run.log_every", "100")
"""Words for a run that waits for the device at its first step, when it writes, and at its last."""


def test_a_finite_loss_is_spread_to_the_last_bit() -> None:
    weight = torch.tensor(0.1, requires_grad=True)
    loss = (weight / 3).exp()
    (plain,) = torch.autograd.grad(loss, weight, retain_graph=True)
    assert torch.equal(spread(loss), loss)
    (gradient,) = torch.autograd.grad(spread(loss), weight)
    assert torch.equal(gradient, plain)


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_a_loss_that_is_not_finite_spoils_its_gradient(value: float) -> None:
    weight = torch.tensor([0.1, 0.0], requires_grad=True)
    loss = weight.sum() + value  # whose own gradient is 1
    spread(loss).backward()
    assert weight.grad is not None
    assert weight.grad.isnan().all()


def test_the_first_refused_update_is_told_and_all_later_ones_are_refused() -> None:
    updates = Updates()
    updates.judge(4, torch.tensor(2.5), torch.tensor(1.0))
    updates.check()
    assert updates.refused == 0
    updates.judge(5, torch.tensor(2.25), torch.tensor(torch.inf))
    updates.judge(6, torch.tensor(2.0), torch.tensor(1.0))
    updates.judge(7, torch.tensor(torch.nan), torch.tensor(torch.nan))
    assert updates.refused == 1
    with pytest.raises(UserError, match=r"step 5: loss 2.25, gradient norm inf: not finite"):
        updates.check()
    assert not updates.state_dict()


def test_whatever_the_weights_are_it_reckons_in_fp32() -> None:
    updates = Updates().bfloat16()
    updates.judge(131_071, torch.tensor(2.5), torch.tensor(torch.nan, dtype=torch.bfloat16))
    assert updates.refused.dtype == torch.float32  # as fused optimisers demand
    with pytest.raises(UserError, match="step 131071:"):
        updates.check()


def spoil(monkeypatch: pytest.MonkeyPatch, call: int, value: float) -> None:
    """Add `value` to the loss of one batch, counted from 1; its gradient stays finite."""
    calls = 0

    def loss(*given: Any, **named: Any) -> Tensor:
        nonlocal calls
        calls += 1
        return chunked_cross_entropy(*given, **named) + (value if calls == call else 0.0)

    monkeypatch.setattr("train.module.chunked_cross_entropy", loss)


def watch(monkeypatch: pytest.MonkeyPatch) -> dict[int, Any]:
    """Copies of what is trained after each step; at 0 the trainer."""
    seen: dict[int, Any] = {}
    original = ResumeWriter.step_completed

    def completed(self: ResumeWriter, trainer: Trainer, module: LightningModule, step: int) -> None:
        seen[step] = deepcopy(trained(trainer))
        seen[0] = trainer
        original(self, trainer, module, step)

    monkeypatch.setattr(ResumeWriter, "step_completed", completed)
    return seen


def trained(trainer: Trainer) -> dict[str, Tensor]:
    """Weights and everything that the optimiser keeps."""
    moments = trainer.optimizers[0].state_dict()["state"]
    return {
        **trainer.lightning_module.state_dict(),
        **{f"{n}.{name}": value for n, kept in moments.items() for name, value in kept.items()},
    }


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_one_bad_batch_changes_nothing_and_nothing_of_it_is_written(
    fit: Fit,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    value: float,
) -> None:
    """The first of the two batches of step 6, found out at step 8, the next that is written."""
    seen = watch(monkeypatch)
    assert fit(*SELDOM, "--run.folder", "straight") == 0
    before = seen[5]
    assert any(not torch.equal(before[name], seen[6][name]) for name in before)
    with monkeypatch.context() as patch:
        spoil(patch, 11, value)
        assert fit(*SELDOM) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith(f"error: step 6: loss {value:g}, gradient norm nan: not finite")
    after = trained(seen[0])
    assert before.keys() == after.keys()
    assert [name for name in before if not torch.equal(before[name], after[name])] == []
    state = newest_state(Path("run"))
    assert state is not None
    assert state[1].step == 5
    assert max(path.name for path in Path("run/checkpoints").iterdir()) == "step-00000005"
    assert not list(Path("run").rglob("*.unfinished"))
    assert fit(*SELDOM) == 0  # from there on, without the bad batch
    weights = [read_manifest(Path(run, "checkpoints/step-00000012")).weights
               for run in ("run", "straight")]  # fmt: skip
    assert weights[0] == weights[1]


def test_a_stop_right_after_a_bad_batch_writes_nothing_of_it(
    fit: Fit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A scheduler's signal at step 6, whose state is written for nothing but the signal."""
    original = ResumeWriter.step_completed

    def completed(self: ResumeWriter, trainer: Trainer, module: LightningModule, step: int) -> None:
        original(self, trainer, module, step)
        if step == 6:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(ResumeWriter, "step_completed", completed)
    spoil(monkeypatch, 12, torch.nan)
    assert fit(*SELDOM) == 2
    assert "error: step 6: loss nan" in capsys.readouterr().err
    state = newest_state(Path("run"))
    assert state is not None
    assert state[1].step == 5


@pytest.mark.parametrize(
    "take",
    [
        Pretraining.export,
        Pretraining.gradient_norm,
        Pretraining.on_train_end,
        lambda module: module.on_save_checkpoint({}),
    ],
)
def test_a_module_gives_nothing_out_after_a_refused_update(
    take: Callable[[Pretraining], object],
) -> None:
    module = Pretraining(Shape(100, 16, 16, 1, 2, 32))
    take(module)
    module._updates.judge(3, torch.tensor(1.0), torch.tensor(torch.inf))
    with pytest.raises(UserError, match="step 3"):
        take(module)
