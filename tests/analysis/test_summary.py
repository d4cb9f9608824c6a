import numpy as np
import pandas as pd
import pytest

from analysis.summary import SUMMARIES, summarise
from analysis.tables import TABLES, columns


def table(name: str, *rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns(name)).assign(step=3)


def test_heldout_is_a_curve_a_language_and_their_mean() -> None:
    rows = table(
        "heldout",
        {"language": "en", "metric": "bits_per_byte", "value": 2.0, "chance": 8.0},
        {"language": "en", "metric": "bits_per_token", "value": 9.0, "chance": 12.0},
        {"language": "mean", "metric": "bits_per_byte", "value": 2.5, "chance": 8.0},
    )
    assert summarise("heldout", rows) == {
        "heldout/bits_per_byte/en": 2.0,
        "heldout/bits_per_byte/mean": 2.5,
    }


def test_probing_is_averaged_over_seeds_then_told_by_depth() -> None:
    always = {"language": "all", "metric": "accuracy"}
    rows = table(
        "probing",
        *(
            {**always, "task": task, "depth": depth, "seed": seed, "value": value, "chance": 0.25}
            for task, depth, seed, value in [
                ("language", 0, 0, 0.9), ("language", 0, 1, 0.7), ("language", 1, 0, 0.6),
                ("language", 1, 1, 0.6), ("control", 0, 0, 0.3), ("control", 1, 0, 0.5),
            ]
        ),
        {"language": "en", "metric": "accuracy", "task": "language", "depth": 0, "value": 0.0,
         "chance": 0.9},
        {"language": "all", "metric": "log_loss", "task": "language", "depth": 0, "value": 1.5,
         "chance": 1.4},
    )  # fmt: skip
    expected = {
        "probing/accuracy/mean": 0.7, "probing/accuracy/std": 0.1,
        "probing/accuracy/depth_00": 0.8, "probing/accuracy/depth_01": 0.6,
        "probing/accuracy/chance": 0.25,
        "probing/control_accuracy/mean": 0.4, "probing/control_accuracy/std": 0.1,
        "probing/control_accuracy/depth_00": 0.3, "probing/control_accuracy/depth_01": 0.5,
        "probing/control_accuracy/chance": 0.25,
        "probing/log_loss/mean": 1.5, "probing/log_loss/std": 0.0,
        "probing/log_loss/depth_00": 1.5, "probing/log_loss/chance": 1.4,
    }  # fmt: skip
    assert summarise("probing", rows) == pytest.approx(expected)


def test_experts_are_told_on_held_out_sentences_beside_their_own_chance() -> None:
    rows = table(
        "experts",
        {"ap": 0.9, "ap_test": 0.6, "chance": 0.9, "chance_test": 0.1, "rank": 0},
        {"ap": 0.7, "ap_test": 0.8, "chance": 0.9, "chance_test": 0.3, "rank": 1},
    )
    expected = {
        "experts/ap_heldout": 0.7, "experts/ap_heldout_chance": 0.2, "experts/ap_selected": 0.8,
        "experts/ap_best": 0.9,
    }  # fmt: skip
    assert summarise("experts", rows) == pytest.approx(expected)


def test_discoveries_and_the_best_by_chance_are_means_unless_nothing_was_permuted() -> None:
    rows = table(
        "samples", {"discoveries": 3.0, "null_max": 0.4}, {"discoveries": 0.0, "null_max": 0.2}
    )
    assert summarise("samples", rows) == pytest.approx(
        {"samples/discoveries": 1.5, "samples/null_max": 0.3}
    )
    assert summarise("samples", rows.assign(discoveries=np.nan, null_max=np.nan)) == {}


def test_what_is_not_defined_has_no_curve() -> None:
    rows = table("experts", {"ap": 0.9, "ap_test": np.nan, "rank": 1, "chance_test": np.nan})
    assert summarise("experts", rows) == {"experts/ap_selected": 0.9}


def overlap_row(**values: object) -> dict[str, object]:
    always = {"concept": "all", "language_a": "all", "language_b": "all", "k": 10.0, "top": 9}
    return always | {"other_concepts": 1.6} | values


def test_overlap_is_told_of_all_pairs_and_concepts_only() -> None:
    rows = table(
        "overlap",
        overlap_row(
            layer=-1,
            value=4.0,
            chance=2.0,
            ratio=2.0,
            excess=2.4,
            excess_low=-1.0,
            excess_high=3.0,
        ),
        overlap_row(layer=0, value=1.0, chance=1.0, ratio=1.0, highest=0.02),
        overlap_row(layer=10, value=2.0, chance=1.0, ratio=2.0, highest=0.26),
        overlap_row(layer=11, value=3.0, chance=1.0, ratio=3.0, highest=0.72),
        overlap_row(layer=-1, top=3, k=3.0, value=1.0, chance=0.1, ratio=10.0, other_concepts=0.5),
        overlap_row(concept="dog", layer=-1, value=9.0, chance=1.0, ratio=9.0),
        overlap_row(language_a="en", language_b="es", layer=0, value=9.0, chance=1.0, ratio=9.0),
    )
    expected = {
        "overlap/share": 0.4, "overlap/share/chance": 0.2, "overlap/share/other_concepts": 0.16,
        "overlap/excess": 0.24, "overlap/excess/low": -0.1, "overlap/excess/high": 0.3,
        "overlap/ratio": 2.0, "overlap/ratio_to_other_concepts": 2.5,
        "overlap/ratio/top_3": 10.0, "overlap/ratio_to_other_concepts/top_3": 2.0,
        "overlap/ratio/mean": 2.0, "overlap/ratio/std": (2 / 3) ** 0.5,
        "overlap/ratio/layer_00": 1.0, "overlap/ratio/layer_10": 2.0,
        "overlap/ratio/layer_11": 3.0,
        "overlap/highest_layer": 11.0, "overlap/highest_layer/share": 0.72,
        "overlap/highest_layer/low": 10.0, "overlap/highest_layer/high": 11.0,
    }  # fmt: skip
    assert summarise("overlap", rows) == pytest.approx(expected)
    unsure = summarise("overlap", rows.assign(highest=np.nan))  # of one concept
    assert {name for name in unsure if "highest" in name} == {"overlap/highest_layer"}
    for nothing in (0.0, np.nan):
        without = summarise("overlap", rows.assign(other_concepts=nothing))
        assert "overlap/ratio_to_other_concepts" not in without
        assert without["overlap/ratio"] == 2.0


def test_families_are_told_within_and_between_over_both_baselines() -> None:
    always: dict[str, object] = {"family_a": "all", "layer": -1, "top": 9, "other_concepts": 0.5}
    rows = table(
        "families",
        {**always, "relation": "within", "value": 4.0, "ratio": 8.0},
        {**always, "relation": "between", "value": 1.0, "ratio": 2.0},
        {**always, "relation": "between", "value": 1.0, "ratio": 99.0, "top": 3},
        {**always, "relation": "between", "value": 1.0, "ratio": 99.0, "layer": 0},
        {**always, "relation": "within", "value": 1.0, "ratio": 99.0, "family_a": "Romance"},
    )
    expected = {
        "families/ratio/within": 8.0, "families/ratio_to_other_concepts/within": 8.0,
        "families/ratio/between": 2.0, "families/ratio_to_other_concepts/between": 2.0,
    }  # fmt: skip
    assert summarise("families", rows) == expected
    assert summarise("families", rows.iloc[:0]) == {}


def test_division_is_told_of_all_layers_and_languages() -> None:
    rows = table(
        "division",
        {"experts": "shared", "language": "all", "layer": -1, "ratio": 0.5},
        {"experts": "shared", "language": "all", "layer": 0, "ratio": 99.0},
        {"experts": "single", "language": "all", "layer": -1, "ratio": np.nan},
        {"experts": "own", "language": "mean", "layer": -1, "ratio": 3.0},
        {"experts": "own", "language": "en", "layer": -1, "ratio": 99.0},
    )
    assert summarise("division", rows) == {"division/ratio/shared": 0.5, "division/ratio/own": 3.0}


def test_a_ratio_that_is_not_defined_is_not_a_ratio_of_zero() -> None:
    row = overlap_row(layer=-1, value=0.0, chance=0.0, ratio=np.nan)
    assert "overlap/ratio" not in summarise("overlap", table("overlap", row))
    with pytest.raises(AssertionError):
        summarise("overlap", table("overlap", row, row))


def test_without_pairs_of_languages_there_is_no_curve() -> None:
    assert summarise("overlap", table("overlap")) == {}


def test_language_neurons_are_shares_beside_those_of_shuffled_documents() -> None:
    below: dict[str, object] = {"metric": "below_null", "language": "all", "neurons": 100}
    rows = table(
        "lape",
        {**below, "layer": 0, "value": 10.0, "chance": 1.0},
        {**below, "layer": 1, "value": 30.0, "chance": 1.0},
        {**below, "layer": -1, "neurons": 200, "value": 40.0, "chance": 2.0},
        {**below, "layer": -1, "neurons": 200, "value": 8.0, "chance": 0.5, "language": "en"},
        {**below, "layer": 0, "value": 8.0, "chance": 0.5, "language": "en"},
        {"metric": "language_neurons", "language": "all", "layer": -1, "neurons": 200, "value": 2.0,
         "chance": 2.0},
        {"metric": "entropy_mean", "language": "all", "layer": -1, "neurons": 200, "value": 1.5,
         "chance": 2.5},
        {"metric": "entropy_mean", "language": "all", "layer": 0, "neurons": 100, "value": 0.5,
         "chance": 2.5},
        {"metric": "entropy_q01", "language": "all", "layer": -1, "neurons": 200, "value": 0.5,
         "chance": 2.5},
    )  # fmt: skip
    expected = {
        "lape/share": 0.2, "lape/share/chance": 0.01, "lape/share/en": 0.04,
        "lape/share/mean": 0.2, "lape/share/std": 0.1,
        "lape/share/layer_00": 0.1, "lape/share/layer_01": 0.3,
        "lape/entropy": 1.5, "lape/entropy/chance": 2.5,
    }  # fmt: skip
    assert summarise("lape", rows) == pytest.approx(expected)
    assert summarise("lape", rows.iloc[:0]) == {}


def test_the_lens_is_told_by_depth_of_own_words_english_and_the_foremost_other() -> None:
    values = {  # depth, predicted -> own value, chance
        (0, "en"): (0.4, 0.1), (0, "es"): (0.2, 0.3), (0, "zh"): (0.6, 0.0),
        (1, "en"): (0.8, 0.5), (1, "es"): (0.8, 0.1), (1, "zh"): (0.8, 0.1),
    }  # fmt: skip
    always: dict[str, object] = {"text": 0.5}
    rows = table(
        "lens",
        *(
            {**always, "depth": depth, "language": language, "predicted": predicted,
             "chance": chance, "value": value if language == predicted else 9.0}
            for (depth, predicted), (value, chance) in values.items()
            for language in ("en", "es", "zh")
        ),
        {"depth": 0, "language": "en", "predicted": "none", "chance": 9.0, "value": 9.0, "text": 9},
    )  # fmt: skip
    expected = {
        "lens/own/mean": 0.6, "lens/own/std": 0.2,
        "lens/own/depth_00": 0.4, "lens/own/depth_01": 0.8,
        "lens/own/chance": 1.1 / 6, "lens/own/text": 0.5,
        "lens/foremost_other/mean": 0.4, "lens/foremost_other/std": 0.1,
        "lens/foremost_other/depth_00": 0.3, "lens/foremost_other/depth_01": 0.5,
        "lens/english_elsewhere/mean": 0.3, "lens/english_elsewhere/std": 0.2,
        "lens/english_elsewhere/depth_00": 0.1, "lens/english_elsewhere/depth_01": 0.5,
    }  # fmt: skip
    assert summarise("lens", rows) == pytest.approx(expected)
    without = summarise("lens", rows[rows["predicted"] != "en"])
    assert not any("english" in name for name in without)
    assert summarise("lens", rows.iloc[:0]) == {}


def test_deactivation_is_the_own_loss_beside_the_others_and_chance() -> None:
    rows = pd.DataFrame(
        [
            ("en", "en", 0.5, 0.01, 3), ("en", "es", 0.1, 0.03, 3), ("en", "sw", 0.2, 0.02, 3),
            ("es", "en", 0.0, 0.05, 3), ("es", "es", 0.7, 0.03, 3), ("es", "sw", 0.1, 0.02, 3),
            ("sw", "en", 9.0, 9.0, 0), ("sw", "es", 9.0, 9.0, 0), ("sw", "sw", 9.0, 9.0, 0),
        ],
        columns=["neurons_of", "language", "value", "chance", "neurons"],
    )  # fmt: skip
    expected = {
        "deactivation/own": 0.6, "deactivation/own/chance": 0.02,
        "deactivation/others": 0.1, "deactivation/others/chance": 0.03,
        "deactivation/difference": 0.5, "deactivation/difference/chance": -0.01,
        "deactivation/own/en": 0.5, "deactivation/own/es": 0.7,
    }  # fmt: skip
    assert summarise("deactivation", rows) == pytest.approx(expected)
    assert summarise("deactivation", rows[rows["neurons"] == 0]) == {}


def test_every_table_has_curves_but_the_lists_of_neurons_and_texts() -> None:
    assert set(SUMMARIES) == set(TABLES) - {"language_neurons", "steering_texts"}
    assert summarise("language_neurons", table("language_neurons", {"layer": 0, "unit": 3})) == {}
