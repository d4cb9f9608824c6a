import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.pictures import Grid, draw, pictures, pictures_so_far
from analysis.results import write_table
from analysis.tables import columns


def probing() -> pd.DataFrame:
    rows = [
        {"step": step, "depth": depth, "seed": seed, "task": task, "language": language,
         "metric": metric, "value": value, "chance": 0.25}
        for step, depth, seed, task, language, metric, value in [
            (0, 0, 0, "language", "all", "accuracy", 0.4),
            (0, 0, 1, "language", "all", "accuracy", 0.6),
            (0, 1, 0, "language", "all", "accuracy", 0.7),
            (64, 0, 0, "language", "all", "accuracy", 0.8),
            (64, 1, 0, "language", "all", "accuracy", 0.9),
            (64, 1, 0, "control", "all", "accuracy", 0.0),
            (64, 1, 0, "language", "en", "accuracy", 0.0),
            (64, 1, 0, "language", "all", "log_loss", 3.0),
        ]
    ]  # fmt: skip
    return pd.DataFrame(rows)


BEST_FEW = 98.0


def overlap() -> pd.DataFrame:
    rows = [
        {"step": step, "concept": concept, "language_a": a, "language_b": b, "layer": layer,
         "top": 5 if ratio == BEST_FEW else 9, "ratio": ratio}
        for step, concept, a, b, layer, ratio in [
            (0, "all", "all", "all", 0, 1.0), (0, "all", "all", "all", 1, 2.0),
            (8, "all", "all", "all", 0, 3.0), (8, "all", "all", "all", 1, 4.0),
            (8, "all", "all", "all", -1, 99.0), (8, "dog", "all", "all", 0, 99.0),
            (0, "all", "es", "en", -1, 99.0),
            (8, "all", "es", "en", -1, 5.0), (8, "all", "es", "zh", -1, 6.0),
            (8, "all", "en", "zh", -1, 7.0), (8, "all", "en", "zh", 0, 99.0),
            (8, "all", "en", "zh", -1, BEST_FEW), (8, "all", "all", "all", -1, BEST_FEW),
            (8, "dog", "en", "zh", -1, 99.0),
        ]
    ]  # fmt: skip
    return pd.DataFrame(rows)


def lape() -> pd.DataFrame:
    rows = [
        {"step": step, "layer": layer, "language": language, "metric": metric, "value": value,
         "neurons": 10}
        for step, layer, language, metric, value in [
            (0, 0, "all", "below_null", 1.0), (0, 1, "all", "below_null", 2.0),
            (8, 0, "all", "below_null", 3.0), (8, 1, "all", "below_null", 4.0),
            (8, -1, "all", "below_null", 99.0), (8, 0, "en", "below_null", 99.0),
            (8, 0, "all", "entropy_mean", 99.0),
        ]
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_probing_is_depth_by_step_averaged_over_seeds() -> None:
    grid = pictures(probing(), None)["probing/accuracy_by_depth_and_step"]
    assert grid.values == pytest.approx(np.array([[0.5, 0.8], [0.7, 0.9]]))
    assert (list(grid.rows), list(grid.columns)) == (["0", "1"], ["0", "64"])
    assert (grid.row_axis, grid.column_axis, grid.unit) == ("depth", "step", "accuracy")
    assert "chance 0.250" in grid.title


def test_overlap_is_layer_by_step_over_all_pairs() -> None:
    grid = pictures(None, overlap())["overlap/ratio_by_layer_and_step"]
    assert grid.values.tolist() == [[1.0, 3.0], [2.0, 4.0]]
    assert (list(grid.rows), list(grid.columns)) == (["0", "1"], ["0", "8"])


def test_overlap_by_languages_is_symmetric_and_that_of_the_last_step() -> None:
    grid = pictures(None, overlap())["overlap/ratio_by_languages"]
    expected = np.array([[np.nan, 5, 6], [5, np.nan, 7], [6, 7, np.nan]])
    np.testing.assert_array_equal(grid.values, expected)
    assert list(grid.rows) == list(grid.columns) == ["es", "en", "zh"]
    assert "step 8" in grid.title


def test_language_neurons_are_shares_of_a_layer_by_step() -> None:
    grid = pictures(None, None, lape())["lape/share_by_layer_and_step"]
    assert grid.values == pytest.approx(np.array([[0.1, 0.3], [0.2, 0.4]]))
    assert (list(grid.rows), list(grid.columns)) == (["0", "1"], ["0", "8"])


def lens() -> pd.DataFrame:
    """Mass on the own language: depth and step as digits; on the other one as many hundreds."""
    rows = [
        {"step": step, "depth": depth, "language": language, "predicted": predicted,
         "value": (1 if language == predicted else 100) * (10 * depth + step + place),
         "chance": 1000 * depth + step + 2 * (predicted == "es")}
        for step in (0, 8)
        for depth in (0, 1)
        for place, language in enumerate(("en", "es"))
        for predicted in ("en", "es")
    ]  # fmt: skip
    return pd.DataFrame(rows)


def deactivation() -> pd.DataFrame:
    rows = [
        {"step": step, "neurons_of": of, "language": language, "value": value, "neurons": 3}
        for step, of, language, value in [
            (0, "en", "en", 99.0), (8, "en", "en", 1.0), (8, "en", "es", 2.0),
            (8, "es", "en", 3.0), (8, "es", "es", 4.0),
        ]
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_the_lens_is_the_own_language_by_step_and_the_others_at_the_last() -> None:
    grids = pictures(None, None, lens=lens())
    own = grids["lens/own_by_depth_and_step"]
    assert own.values == pytest.approx(np.array([[0.5, 8.5], [10.5, 18.5]]))
    assert (list(own.rows), list(own.columns)) == (["0", "1"], ["0", "8"])
    others = grids["lens/other_by_depth_and_language"]
    assert others.values == pytest.approx(np.array([[10, 8], [1010, 1008]]))
    assert (list(others.rows), list(others.columns)) == (["0", "1"], ["es", "en"])
    assert "step 8" in others.title


def test_deactivation_is_that_of_the_last_step() -> None:
    grid = pictures(None, None, deactivation=deactivation())["deactivation/by_languages"]
    assert grid.values == pytest.approx(np.array([[4.0, 3.0], [2.0, 1.0]]))
    assert list(grid.rows) == list(grid.columns) == ["es", "en"]
    assert "step 8" in grid.title


def test_empty_tables_give_no_picture() -> None:
    assert pictures(None, None) == {}
    assert pictures(*(table().iloc[:0] for table in TABLES.values())) == {}


def test_pictures_of_a_results_folder_are_those_of_its_whole_tables(tmp_path: Path) -> None:
    tables = {name: table() for name, table in TABLES.items()}
    for name, whole in tables.items():
        for step, rows in whole.groupby("step"):
            missing: dict[str, Any] = dict.fromkeys(set(columns(name)) - set(rows.columns), 0)
            rows = rows.drop(columns="step").assign(**missing)  # noqa: PLW2901
            write_table(tmp_path, name, int(str(step)), rows, {})
    from_files, expected = pictures_so_far(tmp_path), pictures(**tables)
    assert list(from_files) == list(expected)
    for name, grid in expected.items():
        np.testing.assert_array_equal(from_files[name].values, grid.values)
        assert from_files[name].title == grid.title
    assert "step 0" in pictures_so_far(tmp_path, 7)["overlap/ratio_by_languages"].title
    assert pictures_so_far(tmp_path / "nothing") == {}


TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "probing": probing,
    "overlap": overlap,
    "lape": lape,
    "lens": lens,
    "deactivation": deactivation,
}


def grid_of(values: list[list[float]]) -> Grid:
    rows, columns = len(values), len(values[0])
    names = [str(number) for number in range(max(rows, columns))]
    array = np.array(values)
    return Grid("title", array, names[:rows], names[:columns], "layer", "step", "ratio")


def test_a_picture_shows_its_values_in_colours() -> None:
    flat, steep = draw(grid_of([[1.0, 1.0]])), draw(grid_of([[0.0, 1.0]]))
    assert flat.shape == steep.shape == (500, 800, 3)
    assert flat.dtype == np.uint8
    left, right = steep[250, 250].astype(int), steep[250, 500].astype(int)
    assert right.sum() > left.sum() + 200  # cividis rises in lightness
    assert (flat[250, 250] == flat[250, 500]).all()


def test_low_rows_are_drawn_at_the_bottom() -> None:
    picture = draw(grid_of([[0.0], [1.0]])).astype(int)
    assert picture[150, 300].sum() > picture[350, 300].sum() + 200


def test_a_picture_of_missing_values_alone_is_still_drawn() -> None:
    assert draw(grid_of([[np.nan, np.nan]])).shape == (500, 800, 3)


def test_drawing_works_in_a_process_of_its_own_and_leaves_pyplot_alone() -> None:
    code = (
        "import sys, numpy as np\n"
        "from analysis.pictures import Grid, draw\n"
        "draw(Grid('t', np.ones((1, 1)), ['a'], ['b'], 'r', 'c', 'u'))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr


def test_steps_stand_along_their_axis() -> None:
    table = probing().assign(depth=0)
    table = pd.concat([table, table.assign(step=1, value=0.0)])
    grid = pictures(table, None)["probing/accuracy_by_depth_and_step"]
    assert grid.steps == [0, 1, 64]
    red, _, blue = draw(grid).astype(int)[250].T
    # Steps 0, 1 and 64 stand at 0, 1 and 6.02, their borders halfway, and half a
    # place beyond the ends: 1, 3 and 3 parts wide. Frames are black, the darkest colour is blue.
    lightest, darkest = (red > 240) & (blue < 90), (red < 20) & (blue > 60) & (blue < 120)
    assert darkest.sum() / lightest.sum() == pytest.approx(3.01 / 3.01, abs=0.03)
