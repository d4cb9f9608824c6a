"""Figures' values, from tables with planted truths."""

import numpy as np
import pytest

from analysis.report.charts import Chart, Role, last_x, limits
from analysis.report.groups import group
from analysis.report.interactive import figure
from analysis.report.sections import SECTIONS, missing
from analysis.report.styles import style
from tests.analysis.report.shown import charts, grid, lines, words
from tests.analysis.report.synthetic import LANGUAGES, STEPS, run, tables


@pytest.fixture(scope="module")
def drawn() -> dict[str, Chart]:
    """The charts of one run."""
    return charts(group([run()]))


def test_every_section_is_drawn_and_named_by_its_own_files(drawn: dict[str, Chart]) -> None:
    assert list(drawn) == [
        "loss", "tokens", "probing_spread", "probing_map", "probing_curves", "overlap_course",
        "overlap_excess", "overlap_map", "overlap_highest", "overlap_depth", "overlap_languages",
        "families_course", "families_depth", "families_grid", "kept", "lape_map", "lape_course",
        "division_course", "division_depth", "deactivation_course", "deactivation_map", "lens_map",
        "lens_curves", "lens_languages", "lens_others", "steering_shares", "steering_own",
        "steering_about", "steering_words", "steering_nats", "steering_repetition",
        "steering_texts",
    ]  # fmt: skip
    assert all(len(chart.table) and next(iter(chart.table)) == "run" for chart in drawn.values())


def test_loss_has_a_curve_for_each_language_and_a_band_for_the_mean(
    drawn: dict[str, Chart],
) -> None:
    found = lines(drawn["loss"])
    assert list(found) == ["mean", "es", "pt", "en", "zh", "uniform guess (mean)"]
    assert found["zh"].y[0] - found["en"].y[0] == pytest.approx(0.3)
    mean = found["mean"]
    assert (mean.x.tolist(), mean.low is not None) == (list(STEPS), True)
    assert mean.y[0] == pytest.approx(6.4)  # bits per byte, not per token
    assert found["en"].low is None
    assert found["uniform guess (mean)"].role is Role.CHANCE


def test_tokens_leave_out_step_0_which_has_no_logarithm(drawn: dict[str, Chart]) -> None:
    found = lines(drawn["tokens"])["demo"]
    assert (found.x.tolist(), found.y.tolist()) == ([1, 2, 4, 8], [1000, 2000, 4000, 8000])


def test_probing_maps_depth_by_step(drawn: dict[str, Chart]) -> None:
    shown = grid(drawn["probing_map"])
    assert shown.steps == list(STEPS)
    # Mean over probe seeds: 0.005 above the planted value.
    assert shown.values == pytest.approx(np.array([[0.405] * 5] + [[0.405] * 3 + [0.705] * 2] * 3))
    assert limits(drawn["probing_map"]) == pytest.approx((0.405, 0.705))


def test_probing_spread_reaches_over_depths(drawn: dict[str, Chart]) -> None:
    found = lines(drawn["probing_spread"])
    mean = found["mean"]
    assert mean.y == pytest.approx([0.405, 0.405, 0.405, 0.63, 0.63])
    assert mean.low is not None
    assert mean.high is not None
    assert (mean.low[-1], mean.high[-1]) == pytest.approx((0.405, 0.705))
    assert found["untrained"].y == pytest.approx([0.405, 0.405])
    assert found["control task"].y == pytest.approx([0.3] * 5)
    assert found["chance"].y == pytest.approx([0.25] * 5)


def test_probing_curves_run_along_the_depth_at_chosen_steps(drawn: dict[str, Chart]) -> None:
    found = lines(drawn["probing_curves"])
    assert [name for name in found if name.startswith("step")] == [f"step {s}" for s in STEPS]
    assert found["step 8"].y == pytest.approx([0.405, 0.705, 0.705, 0.705])
    # Of two probe seeds from the lowest end to the highest.
    assert found["step 8"].low == pytest.approx([0.38, 0.68, 0.68, 0.68])
    assert found["step 8"].high == pytest.approx([0.43, 0.73, 0.73, 0.73])
    assert found["step 4"].low is None


def test_overlap_is_over_chance_with_its_interval(drawn: dict[str, Chart]) -> None:
    found = lines(drawn["overlap_course"])["same concept"]
    assert found.y[0] == pytest.approx(1)
    assert found.low is not None
    assert found.low[0] == pytest.approx(1 - 0.1 / 6)  # chance of all layers is 6
    assert grid(drawn["overlap_map"]).values[:, -1] == pytest.approx(
        [1 + 0.1 * np.log2(9) * (2 + layer) for layer in range(3)]
    )
    depth = lines(drawn["overlap_depth"])
    assert depth["step 0"].y == pytest.approx([2, 2, 2])
    assert depth["chance"].y == pytest.approx([2, 2, 2])


def test_what_goes_with_the_concept_has_its_own_interval(drawn: dict[str, Chart]) -> None:
    found = lines(drawn["overlap_excess"])
    beyond = found["same less different concepts"]
    assert beyond.y == pytest.approx(0.1 * np.log2(1 + np.array(STEPS)) - 0.1)
    assert beyond.low is not None
    assert beyond.high is not None
    assert beyond.y - beyond.low == pytest.approx([0.3 / 6] * 5)  # chance of all layers is 6
    assert beyond.high - beyond.y == pytest.approx([0.3 / 6] * 5)
    zero = found["nothing goes with the concept"]
    assert (zero.role, zero.y.tolist()) == (Role.CHANCE, [0.0] * 5)


def test_languages_of_a_family_stand_together(drawn: dict[str, Chart]) -> None:
    chart = drawn["overlap_languages"]
    last = grid(chart, -1)
    assert list(last.rows) == ["es", "pt", "en", "zh"]
    assert last.title == "demo, step 8"
    assert last.values[0, 1] == pytest.approx(2 * last.values[2, 3])
    assert np.isnan(np.diag(last.values)).all()
    assert len(chart.panels) == 4
    assert len(chart.table) == 6 * len(STEPS)


def test_kept_and_gained_are_shares(drawn: dict[str, Chart]) -> None:
    found = lines(drawn["kept"])
    assert {name: line.y[-1] for name, line in found.items()} == pytest.approx(
        {"kept since the first step": 0.6, "kept since the step before": 0.8,
         "gained since the step before": 0.2, "chance of being kept": 0.05}
    )  # fmt: skip


def test_what_is_kept_has_its_interval(drawn: dict[str, Chart]) -> None:
    found = lines(drawn["kept"])
    first, gained = found["kept since the first step"], found["gained since the step before"]
    assert first.low == pytest.approx([0.58] * 4)
    assert first.high == pytest.approx([0.62] * 4)
    assert gained.low is None  # that of what is kept, mirrored


def test_language_neurons_are_shares(drawn: dict[str, Chart]) -> None:
    assert grid(drawn["lape_map"]).values == pytest.approx(np.full((3, 5), 0.05))
    found = lines(drawn["lape_course"])
    assert found["language neurons"].low == pytest.approx([14 / 300] * 5)
    assert found["documents shuffled"].y == pytest.approx([0.01] * 5)


def test_the_layer_of_most_overlap_has_its_share_of_draws(drawn: dict[str, Chart]) -> None:
    assert grid(drawn["overlap_highest"]).values[:, -1] == pytest.approx([0.05, 0.05, 0.9])


def test_families_are_over_chance_and_about_all_experts(drawn: dict[str, Chart]) -> None:
    for key, number in (("families_course", 5), ("families_depth", 3)):
        found = lines(drawn[key])
        assert found["within families"].y == pytest.approx([2.0] * number)
        assert found["within families"].low == pytest.approx([1.9] * number)
        assert found["between families"].y == pytest.approx([1.0] * number)
        assert found["between families, different concepts"].y == pytest.approx([1.1] * number)
    shown = grid(drawn["families_grid"])
    assert list(shown.rows) == ["Romance", "Germanic"]
    assert shown.values == pytest.approx(np.array([[2.0, 1.0], [1.0, np.nan]]), nan_ok=True)


def test_division_leaves_out_layers_without_language_neurons(drawn: dict[str, Chart]) -> None:
    by_step, by_layer = lines(drawn["division_course"]), lines(drawn["division_depth"])
    own = by_step["experts in the same language"]
    assert own.y == pytest.approx([1, 1, 1, 3, 3])
    assert own.high is not None
    assert own.high[-1] == pytest.approx(3.25)
    assert by_layer["experts in the same language"].x.tolist() == [1, 2]
    assert "experts in one language only" not in by_step  # the table has none


def test_deactivation_stands_beside_random_neurons(drawn: dict[str, Chart]) -> None:
    own, random = grid(drawn["deactivation_map"], 0), grid(drawn["deactivation_map"], 1)
    assert list(own.rows) == list(own.columns) == ["es", "pt", "en", "zh"]
    assert own.values == pytest.approx(0.1 + 0.7 * np.eye(4))
    assert random.values == pytest.approx(np.full((4, 4), 0.02))
    found = lines(drawn["deactivation_course"])
    assert found["without its own neurons"].y == pytest.approx([0.1] * 3 + [0.8] * 2)
    assert found["without another language's neurons"].y == pytest.approx([0.1] * 5)


def test_deactivation_compares_languages_with_neurons_at_all_steps() -> None:
    made = tables()
    rows = made["deactivation"]
    gone = (rows["step"] == 8) & (rows["neurons_of"] == "zh")
    rows.loc[rows["neurons_of"] == "zh", "value"] = 9.0
    rows.loc[gone, "neurons"] = 0
    found = lines(charts(group([run(made=made)]))["deactivation_course"])
    assert found["without its own neurons"].y == pytest.approx([0.1] * 3 + [0.8] * 2)


@pytest.mark.parametrize(
    ("table", "section", "chart", "curve"),
    [
        ("deactivation", "Neurons set to zero", "deactivation_course", "without its own neurons"),
        ("lens", "Logit lens", "lens_curves", "step 8"),
    ],
)
def test_a_mean_has_no_interval_where_that_of_one_language_is_not_known(
    table: str, section: str, chart: str, curve: str
) -> None:
    made = tables()
    rows = made[table]
    rows.loc[rows["language"] == "zh", ["low", "high"]] = np.nan
    groups = group([run(made=made)])
    found = lines(charts(groups)[chart])[curve]
    assert found.low is not None
    assert np.isnan(found.low).all()
    assert np.isfinite(found.y).all()
    assert "no interval says how certain that is" in words(groups)[section]


def test_the_lens_shows_words_read_and_words_not_read(drawn: dict[str, Chart]) -> None:
    assert grid(drawn["lens_map"]).values == pytest.approx(
        np.tile([0.1, 0.1, 0.1, 0.5, 0.5], (4, 1))
    )
    found = lines(drawn["lens_curves"])
    assert found["step 8"].low == pytest.approx([0.45] * 4)
    assert found["the text's share"].y == pytest.approx([0.8] * 4)
    assert found["chance, last step"].y == pytest.approx([(0.2 + 3 * 0.02) / 4] * 4)
    assert grid(drawn["lens_languages"]).values == pytest.approx(np.full((4, 4), 0.5))
    others = grid(drawn["lens_others"])
    assert list(others.columns) == ["es", "pt", "en", "zh"]
    assert others.values[0] == pytest.approx([0.02, 0.02, 0.2, 0.02])


def test_steering_is_of_the_main_number_of_units_beside_its_controls(
    drawn: dict[str, Chart],
) -> None:
    assert [panel.title for panel in drawn["steering_own"].panels] == [
        "demo, experts of en",
        "demo, experts of es",
    ]
    for panel in (0, 1):
        found = lines(drawn["steering_own"], panel)
        assert list(found) == [
            "experts", "random units", "experts of shuffled labels", "nothing forced"
        ]  # fmt: skip
        assert found["experts"].y == pytest.approx([0.1] * 3 + [0.5] * 2)
        for name, role in (("random units", Role.CONTROL), ("nothing forced", Role.CHANCE)):
            assert found[name].y == pytest.approx([0.1] * 5)
            assert found[name].low == pytest.approx([0.05] * 5)
            assert found[name].role is role
    words = lines(drawn["steering_words"], 1)
    assert words["experts"].y == pytest.approx([0.1] * 3 + [0.5] * 2)
    assert words["nothing forced"].y == pytest.approx([0.0] * 5)
    assert words["nothing forced"].role is Role.CHANCE
    shares = lines(drawn["steering_shares"], 1)
    assert list(shares) == ["es", "pt", "en", "zh", "mixed"]
    assert shares["es"].y == pytest.approx([0.1] * 3 + [0.5] * 2)
    assert shares["es"].low is not None
    assert shares["en"].low is None
    forcings = set(drawn["steering_about"].table["forcing"])
    assert forcings == {"none", "experts", "random", "shuffled"}


def test_texts_are_the_first_of_each_forcing_at_the_last_step(drawn: dict[str, Chart]) -> None:
    chart = drawn["steering_texts"]
    assert chart.panels == ()
    texts = chart.table["text"].tolist()
    assert len(texts) == 3 * (1 + 2 * 3)
    assert texts[:4] == [
        *(f"الدار 8 none 0 all {seed}" for seed in range(3)),
        "الدار 8 experts 20 fire 0",
    ]
    assert texts[4:6] == ["الدار 8 experts 20 water 0", "الدار 8 experts 20 fire 1"]


def test_differences_over_seeds_have_their_range() -> None:
    made = tables()
    for name, column in (("steering", "difference"), ("overlap", "excess"), ("kept", "value")):
        made[name][column] += 0.5
    (both,) = group([run("a", tables(), {"seed": 0}), run("b", made, {"seed": 1})])
    for name, column, low in (
        ("steering", "difference", "difference_low"),
        ("overlap", "excess", "excess_low"),
        ("kept", "value", "low"),
    ):
        rows = both.tables[name].dropna(subset=[column])
        assert (rows[column] - rows[low]).to_numpy() == pytest.approx(0.25)
        assert (rows[low.replace("low", "high")] - rows[column]).to_numpy() == pytest.approx(0.25)
    assert "(range over 2 seeds 60.0 % to 60.5 %)" in words([both])["Experts kept"]


def test_seeds_become_one_group_with_mean_and_range() -> None:
    config = {"seed": 0, "model": {"seed": 0, "d_model": 8}, "run": {"folder": "a"}}
    other = {"seed": 1, "model": {"seed": 1, "d_model": 8}, "run": {"folder": "b"}}
    wider = {"seed": 1, "model": {"seed": 1, "d_model": 9}, "run": {"folder": "c"}}
    runs = [
        run("a", tables(), config),
        run("c", tables(), wider),
        run("b", tables(shift=0.2), other),
        run("d", tables()),
        run("e", tables()),
    ]
    groups = group(runs)
    assert [one.name for one in groups] == ["a and 1 more seed", "c", "d", "e"]
    found = lines(charts(groups[:1])["probing_curves"])["step 8"]
    assert found.y[0] == pytest.approx(0.505)
    assert found.low is not None
    assert found.high is not None
    assert (found.low[0], found.high[0]) == pytest.approx((0.405, 0.605))
    assert "ranges over 2 seeds" in words(groups[:1])["Loss"]
    division = words(groups[:1])["Experts and language neurons"]
    assert "no p-value is known" in division
    drawn = charts(groups[:2])
    assert drawn["division_course"].table["p_value"].isna().sum() == 3 * len(STEPS)  # of a and b
    band = "range over 2 seeds (a and 1 more seed), 95 % interval (c)"
    assert band in drawn["overlap_course"].caption
    assert len(drawn_panels := charts(groups)["probing_map"].panels) == 4
    assert [panel.title for panel in drawn_panels][1:] == ["c", "d", "e"]
    assert "mean (c)" in lines(charts(groups)["probing_spread"])


def test_seeds_share_the_steps_that_all_of_them_have() -> None:
    short = {name: rows[rows["step"] <= 2] for name, rows in tables().items()}
    config: dict[str, object] = {"seed": 0}
    (both,) = group([run("a", tables(), config), run("b", short, {"seed": 1})])
    assert sorted(set(both.tables["probing"]["step"])) == [0, 1, 2]


def test_what_is_missing_is_named_and_the_rest_is_drawn() -> None:
    made = tables()
    del made["lape"], made["heldout"]
    groups = group([run("a", made), run("b"), run("c", made)])
    told = missing(groups)
    assert "a, c: language neurons is not shown; it comes from the analysis lape" in told[1]
    assert "a, c: loss is not shown" in told[0]
    assert len(told) == 2
    assert len(charts(groups)["lape_map"].panels) == 1
    assert missing(group([run()])) == []


def test_runs_that_were_analysed_otherwise_are_told() -> None:
    told = missing(group([run("a"), run("b", settings="other")]))
    (one,) = told
    assert all(section.title in one for section in SECTIONS)
    assert "other settings or on other text" in one


def test_a_step_looks_alike_in_all_panels_and_these_have_one_axis() -> None:
    short = {name: rows[rows["step"] <= 2] for name, rows in tables().items()}
    drawn = charts(group([run("a", short), run("b")]))
    for key in ("probing_curves", "lens_curves", "overlap_depth"):
        left, right = (lines(drawn[key], panel) for panel in (0, 1))
        assert {name for name in right if name.startswith("step")} == {f"step {s}" for s in STEPS}
        for name, one in left.items():
            assert style(one).colour == style(right.get(name, one)).colour
        numbers = [one.number for name, one in right.items() if name.startswith("step")]
        assert len(set(numbers)) == len(STEPS)
    ends = [axis["range"] for axis in figure(drawn["loss"]).select_xaxes()]
    assert ends[0] == ends[1]
    assert last_x(drawn["loss"]) == 8


def test_one_step_and_one_language_are_enough() -> None:
    made = tables(steps=(8,), languages=("en",))
    for name in set(made) - {"heldout", "probing"}:
        del made[name]
    found = charts(group([run(made=made)]))
    assert "untrained" not in lines(found["probing_spread"])
    assert set(LANGUAGES) & set(lines(found["loss"])) == {"en"}
