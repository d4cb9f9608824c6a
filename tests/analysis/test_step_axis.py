from itertools import pairwise

import pytest

from analysis.step_axis import chosen, label, place, ticks
from callbacks.schedule import Schedule


def test_step_zero_has_a_place_and_steps_their_order() -> None:
    places = [place(step) for step in Schedule().steps(131_072)]
    assert places[:3] == [0, 1, pytest.approx(1.585, abs=1e-3)]
    assert all(a < b for a, b in pairwise(places))


@pytest.mark.parametrize("last", [0, 1, 32, 512, 131_072, 10**7])
def test_ticks_are_few_and_within_the_axis(last: int) -> None:
    steps = ticks(last)
    assert steps[0] == 0
    assert 1 <= len(steps) <= 10
    assert max(steps) <= last


def test_labels_are_short() -> None:
    assert [label(step) for step in (0, 512, 4096, 131_072)] == ["0", "512", "4,096", "131k"]


def test_chosen_steps_stand_evenly_along_the_axis_between_both_ends() -> None:
    steps = Schedule().steps(131_072)
    some = chosen(steps, 6)
    assert some == [0, 8, 128, 1024, 15_000, 131_072]
    assert chosen([4, 0, 2], 6) == [0, 2, 4]
