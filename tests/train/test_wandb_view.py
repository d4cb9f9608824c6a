from typing import Any

import pytest

from analysis.summary import SUMMARIES
from train.wandb_view import (
    BY_LAYER,
    COMPARED,
    EXTREMES,
    SECTIONS,
    Comparison,
    define_curves,
    shown_as,
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("loss/train", "A_loss/train"),
        ("optimizer/lr", "A_loss/optimizer/lr"),
        ("heldout/bits_per_byte/en", "B_languages/heldout/bits_per_byte/en"),
        ("probing/accuracy/mean", "C_probing/accuracy/mean"),
        ("probing/accuracy/depth_07", "H_by_layer/probing/accuracy/depth_07"),
        ("overlap/highest_layer/low", "D_overlap/highest_layer/low"),
        ("overlap/ratio/layer_12", "H_by_layer/overlap/ratio/layer_12"),
        ("families/ratio/within", "D_overlap/families/ratio/within"),
        ("probing/accuracy_by_depth_and_step", "C_probing/accuracy_by_depth_and_step"),
        ("steering/es/share/es/chance", "F_steering/es/share/es/chance"),
        ("speed/mfu", "G_speed/mfu"),
        ("mine/curve", "mine/curve"),
        ("loss", "loss"),
    ],
)
def test_a_name_begins_with_its_section(name: str, shown: str) -> None:
    assert shown_as(name) == shown


def test_every_table_with_curves_has_a_section() -> None:
    placed = {part for parts in SECTIONS.values() for part in parts}
    assert SUMMARIES.keys() <= placed
    assert sum(map(len, SECTIONS.values())) == len(placed)


def test_sections_stand_in_their_order_in_the_alphabet_too() -> None:
    names = [*SECTIONS, BY_LAYER]
    assert names == sorted(names, key=str.lower)
    wanted = ["loss", "languages", "probing", "overlap", "steering", "speed"]
    assert [name for section in SECTIONS if (name := section[2:]) in wanted] == wanted


def test_names_that_the_table_of_runs_sorts_by_have_no_slash() -> None:
    assert all(name.isidentifier() for name in COMPARED)


def test_extremes_are_of_curves_as_they_are_shown() -> None:
    defined: dict[str, dict[str, Any]] = {}

    class Experiment:
        def define_metric(self, name: str, **options: Any) -> None:
            defined[name] = options

    define_curves(Experiment())
    assert defined["D_overlap/ratio"] == {"summary": "min,max,last"}
    shown = {shown_as(curve) for curve, _ in COMPARED.values()}
    assert set(EXTREMES) <= shown


def test_numbers_to_compare_follow_the_run() -> None:
    comparison = Comparison()
    assert comparison.add({"overlap/ratio": 1.0, "heldout/bits_per_byte/mean": 8.0}) == {
        "overlap_ratio_first": 1.0,
        "overlap_ratio_last": 1.0,
        "overlap_ratio_gain": 0.0,
        "bits_per_byte_last": 8.0,
        "bits_per_byte_best": 8.0,
    }
    for speed in (5.0, 100.0, 90.0):  # the first step compiles
        comparison.add({"speed/tokens_per_second": speed, "optimizer/lr": 0.1})
    assert comparison.add({"speed/tokens_per_second": 95.0}) == {"tokens_per_second": 92.5}
    comparison.add({"heldout/bits_per_byte/mean": 2.0, "overlap/ratio": 4.0})
    assert comparison.add({"heldout/bits_per_byte/mean": 3.0, "overlap/ratio": 3.0}) == {
        "overlap_ratio_first": 1.0,
        "overlap_ratio_last": 3.0,
        "overlap_ratio_gain": 2.0,
        "bits_per_byte_last": 3.0,
        "bits_per_byte_best": 2.0,
    }
    assert comparison.add({"optimizer/lr": 0.1}) == {}
