import math
from itertools import pairwise
from typing import Literal

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from train.schedule import learning_rate_share
from train.settings import OptimizerSettings

Decay = Literal["linear", "cosine", "constant"]


def shares(last: int, **changes: object) -> list[float]:
    settings = OptimizerSettings(**({"warmup_steps": 4, "final_share": 0.1} | changes))  # type: ignore[arg-type]
    return [learning_rate_share(step, last, settings) for step in range(last)]


def test_linear_by_hand() -> None:
    expected = [0.2, 0.4, 0.6, 0.8, 1.0, 0.82, 0.64, 0.46, 0.28, 0.1]
    assert shares(10, decay="linear") == pytest.approx(expected)


def test_cosine_by_hand() -> None:
    half = math.sqrt(0.5) / 2
    down = [1.0, 0.5 + half, 0.5, 0.5 - half, 0.0]
    expected = [0.2, 0.4, 0.6, 0.8, *(0.1 + 0.9 * share for share in down)]
    assert shares(9, decay="cosine") == pytest.approx(expected)


def test_constant_by_hand() -> None:
    assert shares(8, decay="constant") == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1])


@given(
    st.sampled_from(["linear", "cosine"]), st.integers(0, 50), st.integers(2, 200), st.floats(0, 1)
)
def test_it_rises_to_the_peak_and_falls_to_its_share(
    decay: Decay, warmup: int, after: int, final: float
) -> None:
    rates = shares(warmup + after, decay=decay, warmup_steps=warmup, final_share=final)
    assert 0 < rates[0] <= 1  # the first update moves the weights
    assert rates[warmup] == max(rates) == 1
    assert rates[-1] == pytest.approx(final)
    assert all(a < b for a, b in pairwise(rates[: warmup + 1]))
    assert all(a >= b - 1e-12 for a, b in pairwise(rates[warmup:]))


def test_the_optimiser_makes_its_updates_with_these_rates() -> None:
    """PyTorch evaluates the share once more after the last update; that harms nothing."""
    settings = OptimizerSettings(lr=0.5, warmup_steps=2, final_share=0.2)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(()))], lr=settings.lr)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: learning_rate_share(step, 6, settings)
    )
    used = []
    for _ in range(6):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert used == pytest.approx([0.5 / 3, 1 / 3, 0.5, 0.5 - 0.4 / 3, 0.5 - 0.8 / 3, 0.1])
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.1)


def test_a_run_shorter_than_its_warm_up_only_rises() -> None:
    assert shares(3) == pytest.approx([0.2, 0.4, 0.6])
    assert shares(5) == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
