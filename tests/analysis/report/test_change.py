import math

import pandas as pd
import pytest

from analysis.report.change import (
    above_chance,
    change,
    places_moved,
    points,
    share,
    tell_against,
    tell_chance,
    tell_change,
    tell_differences,
    tell_extremes,
    tell_places,
    times,
)

BAND = "95 % interval"


def curve(values: list[float], half: float = 0.1, chance: float = 0.0) -> pd.DataFrame:
    """A curve at steps 0, 1, 2, 4, ..."""
    steps = [0, *(2**k for k in range(len(values) - 1))]
    return pd.DataFrame(
        {"step": steps, "value": values, "low": [v - half for v in values],
         "high": [v + half for v in values], "chance": chance}
    )  # fmt: skip


def test_a_rise_is_told_from_the_step_at_which_it_lasts() -> None:
    rows = curve([0.2, 0.9, 0.2, 0.6, 0.65])
    found = change(rows)
    assert (found.moved, found.since) == (1, 4)
    assert (found.first_step, found.last_step) == (0, 8)
    assert (found.extreme_step, found.extreme) == (1, 0.9)
    told = tell_change("It", rows, BAND, share)
    assert told == (
        "It rose from 20.0 % at step 0 to 65.0 % at step 8 (95 % intervals apart from step 4 on), "
        "and was 90.0 % at step 1 in between."
    )


def test_a_fall_is_a_fall_whatever_the_order_of_rows() -> None:
    rows = curve([0.9, 0.8, 0.3]).iloc[::-1]
    found = change(rows)
    assert (found.moved, found.since, found.extreme_step) == (-1, 2, None)
    assert " fell from 90.0 % at step 0 " in tell_change("It", rows, BAND, share)


@pytest.mark.parametrize("last", [0.39, 0.01])
def test_intervals_that_overlap_are_no_change(last: float) -> None:
    rows = curve([0.2, 0.2, last])
    found = change(rows)
    assert (found.moved, found.since) == (0, None)
    told = tell_change("It", rows, "range over 3 seeds", share)
    assert told.startswith("It: no change found between 20.0 % at step 0 and")
    assert told.endswith("(ranges over 3 seeds overlap).")


def test_a_peak_must_be_apart_from_both_ends() -> None:
    assert change(curve([0.2, 0.5, 0.25])).extreme_step == 1
    assert change(curve([0.2, 0.5, 0.45])).extreme_step is None
    assert change(curve([0.2, 0.35, 0.2])).extreme_step is None
    assert change(curve([0.2, 0.5, 0.9])).extreme_step is None  # on its way, no peak


def test_without_intervals_nothing_is_claimed() -> None:
    rows = curve([0.2, 0.9]).assign(low=math.nan, high=math.nan)
    assert change(rows).moved == 0
    told = tell_change("It", rows, BAND, share)
    assert told == (
        "It was 20.0 % at step 0 and is 90.0 % at step 1; no interval says how certain that is."
    )
    assert "no interval is known" in tell_chance(rows, BAND, share)
    assert tell_places(rows.assign(layer=0), "layer", "layers") == ""
    two = pd.concat([rows.assign(layer=0), rows.assign(layer=1, value=0.1)])
    assert tell_extremes(two, "layer", BAND, share) == (
        "At step 1 it is lowest at layer 1 (10.0 %) and highest at layer 0 (90.0 %); no interval "
        "tells whether they differ."
    )
    told = tell_against("it", rows, {"that": curve([0.5, 0.5])}, BAND, share)
    assert told == "At step 1, it (90.0 %) stands beside that (50.0 %); no interval is known."


def test_one_step_is_no_change() -> None:
    told = tell_change("It", curve([0.2]), BAND, share)
    assert told == "It is 20.0 % at step 0, the only step there is."
    assert tell_places(curve([0.2]).assign(layer=0), "layer", "layers") == ""


@pytest.mark.parametrize(
    ("values", "since", "told"),
    [
        (
            [0.0, 0.3, 0.0, 0.3, 0.4],
            4,
            "above chance (10.0 %) with its whole 95 % interval from st",
        ),
        ([0.4, 0.4, 0.15], None, "not told from chance (10.0 %): inside its 95 % interval"),
        ([0.4, -0.2], None, "below chance (10.0 %) with its whole 95 % interval"),
    ],
)
def test_chance(values: list[float], since: int | None, told: str) -> None:
    rows = curve(values, chance=0.1)
    assert above_chance(rows) == since
    assert told in tell_chance(rows, BAND, share)


def test_a_multiple_of_chance_has_no_chance_to_tell() -> None:
    told = tell_chance(curve([1.2, 1.5], chance=1.0), BAND, times)
    assert told == "It is above chance with its whole 95 % interval from step 0 on."


def test_a_curve_is_held_against_others_at_its_last_step() -> None:
    others = {"one": curve([0.9, 0.9]), "two": curve([0.1, 0.45]), "three": curve([0.1])}
    told = tell_against("it", curve([0.2, 0.5]), others, BAND, share)
    assert told == (
        "At step 1, it (50.0 %) is below one (90.0 %) and not told from two (45.0 %) "
        "(95 % intervals)."
    )
    assert tell_against("it", curve([0.2, 0.5]), {"three": curve([0.1])}, BAND, share) == ""


def test_differences_are_told_by_their_own_intervals() -> None:
    rows = curve([0.2, 0.5], half=0.5)  # so wide that no two intervals would lie apart
    for name, value, half in (
        ("up", 0.3, 0.1), ("down", -0.2, 0.1), ("near", 0.3, 0.4), ("alone", 0.1, math.nan),
        ("none", math.nan, math.nan),
    ):  # fmt: skip
        rows[name], rows[f"{name}_low"], rows[f"{name}_high"] = value, value - half, value + half
    names = {name: f"that {name}" for name in ("up", "down", "near", "alone", "none")}
    told = tell_differences("the share", rows, names, BAND, share, points)
    assert told == (
        "At step 1, the share (50.0 %) is above that up (+30.0 points, +20.0 points to +40.0 "
        "points) and below that down (-20.0 points, -30.0 points to -10.0 points) and not told "
        "from that near (+30.0 points, -10.0 points to +70.0 points) and beside that alone (+10.0 "
        "points, no interval is known) (differences with their 95 % intervals)."
    )
    assert tell_differences("it", rows, {"none": "that none"}, BAND, share, points) == ""


def test_a_difference_of_no_width_at_zero_is_none() -> None:
    rows = curve([0.0]).assign(same=0.0, same_low=0.0, same_high=0.0)
    assert "not told from that" in tell_differences(
        "it", rows, {"same": "that"}, BAND, share, times
    )


def test_layers_that_moved_are_named() -> None:
    rows = pd.concat(
        curve([0.5, last]).assign(layer=layer)
        for layer, last in enumerate([0.9, 0.9, 0.5, 0.9, 0.1])
    )
    assert places_moved(rows, "layer") == ([0, 1, 3], [4])
    assert tell_places(rows, "layer", "layers") == (
        "By layer, it rose at 3 of 5 layers (0-1, 3) and fell at 1 of 5 layers (4)."
    )
    still = rows.assign(low=-1.0, high=2.0)
    assert tell_places(still, "layer", "layers") == "By layer, it changed at none of 5 layers."


def test_extremes_say_whether_they_are_told_apart() -> None:
    rows = pd.concat(
        curve([0.9 - layer, last]).assign(layer=layer) for layer, last in enumerate([0.5, 0.8, 0.6])
    )
    told = tell_extremes(rows, "layer", BAND, share)
    assert told == "At step 1 it is lowest at layer 0 (50.0 %) and highest at layer 1 (80.0 %)."
    near = tell_extremes(rows.assign(low=0.0, high=1.0), "layer", BAND, share)
    assert near.endswith("which their 95 % intervals do not tell apart.")
    assert " lowest for 0 (50.0 %)" in tell_extremes(rows, "layer", BAND, share, "for")
    assert tell_extremes(rows[rows["layer"] == 0], "layer", BAND, share) == ""
