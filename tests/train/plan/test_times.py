"""When analyses are made, and how long they take together, by hand."""

import pytest

from callbacks.analyses import OnlineSettings
from callbacks.schedule import Schedule
from train.plan.times import (
    SECONDS,
    seconds_by_record,
    seconds_shared,
    times_text,
    watched_steps,
)

NAMES = ("lape", "lens")
EVERY_40 = Schedule(powers_of_two=False, every=40)
NEVER = Schedule(powers_of_two=False, every=0)
"""Step 0 and the last."""


def test_an_analysis_with_a_schedule_of_its_own_is_counted_at_its_own_times() -> None:
    watched = watched_steps(NAMES, Schedule(every=40), OnlineSettings(only={"lens": EVERY_40}), 100)
    assert list(watched) == [0, 1, 2, 4, 8, 16, 32, 40, 64, 80, 100]
    assert [step for step, made in watched.items() if "lens" in made] == [0, 40, 80, 100]
    assert times_text(watched) == "lape at 11 steps, lens at 4 steps"
    each, shares = {"lape": 1.0, "lens": 10.0}, {"lape": 1, "lens": 4}
    assert seconds_shared(each, shares, watched, 1) == 11 + 40


def test_steps_are_those_checkpoints_at_which_something_is_made() -> None:
    fewer = watched_steps(NAMES, EVERY_40, OnlineSettings(schedule=NEVER), 100)
    assert fewer == {0: NAMES, 100: NAMES}
    rare = OnlineSettings(only={"lens": NEVER})
    assert list(watched_steps(["lens"], EVERY_40, rare, 100)) == [0, 100]
    assert watched_steps(NAMES, EVERY_40, OnlineSettings(enabled=False), 100) == {}


def test_processes_share_parts_and_the_slowest_decides() -> None:
    watched = {0: ("a", "b", "c"), 1: ("a",)}
    each = {"a": 1.0, "b": 2.0, "c": 4.0}
    whole = dict.fromkeys(each, 1)
    assert seconds_shared(each, whole, watched, processes=2) == 5 + 1  # a and c, b; a
    assert seconds_shared(each, whole, watched, processes=8) == 4 + 1
    assert seconds_shared(each, whole | {"c": 4}, watched, processes=2) == 4 + 1  # a c c, b c c; a
    assert seconds_shared(each, whole | {"c": 4}, watched, processes=8) == 2 + 1


def test_the_record_tells_steps_of_the_same_analyses_apart() -> None:
    watched = watched_steps(NAMES, EVERY_40, OnlineSettings(only={"lens": NEVER}), 200)
    assert watched[80] == ("lape",)
    assert watched[200] == NAMES
    logged = [{"step": 0, SECONDS: 100.0}, {"step": 40, SECONDS: 10.0}, {"step": 80, SECONDS: 12.0}]
    assert seconds_by_record(logged, watched, [120, 160, 200]) == 11 + 11 + 100
    # Nothing of the same has been logged yet: as all others.
    assert seconds_by_record(logged[1:], watched, [160, 200]) == pytest.approx(22)
    assert seconds_by_record([{"step": 3}], watched, [160]) is None
