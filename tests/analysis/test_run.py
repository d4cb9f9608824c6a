"""Running analyses on tiny checkpoints: real ones once, fakes for what goes wrong around them."""

import gc
import pickle
import traceback
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from pandas.testing import assert_frame_equal

from analysis import run as module
from analysis.checkpoints.loading import Checkpoint, open_checkpoint
from analysis.checkpoints.sources import OwnFolder
from analysis.config import read_configuration
from analysis.errors import UserError
from analysis.heldout import HeldoutSettings, score_heldout
from analysis.inputs import Inputs, open_inputs
from analysis.layout import CONFIG
from analysis.ranks import Rank
from analysis.registry import ANALYSES, Analysis, Divided, Tables
from analysis.results import made_from, read_table, table_path
from analysis.run import Opening, Outcome, analyse, explain, make_parts, write_tables
from analysis.settings import DEFAULTS, AnalysisSettings, wanted
from tests.analysis.run_folder import (
    ALL,
    DOCUMENTS,
    HELDOUT_ONLY,
    damage,
    make_checkpoint,
    make_data,
    make_run,
)

ONLY_HELDOUT = AnalysisSettings(
    HeldoutSettings(tokens_per_language=40, context=16),
    probing=None,
    experts=None,
    lape=None,
    lens=None,
)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return make_checkpoint(tmp_path / "run", 5)


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    return open_inputs(ONLY_HELDOUT, make_data(tmp_path / "data"))


def pretend(monkeypatch: pytest.MonkeyPatch, make: Callable[[Checkpoint, Inputs], Tables]) -> None:
    """Put another analysis in the place of the held-out scoring."""
    changed = replace(ANALYSES["heldout"], make=make)
    monkeypatch.setitem(ANALYSES, "heldout", changed)


def whole(name: str) -> Callable[[Checkpoint, Inputs], Tables]:
    make = ANALYSES[name].make
    assert not isinstance(make, Divided)
    return make


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Checkpoint]:
    """The checkpoints that the held-out scoring is made of from now on."""
    real, made = whole("heldout"), []

    def make(checkpoint: Checkpoint, inputs: Inputs) -> Tables:
        made.append(checkpoint)
        return real(checkpoint, inputs)

    pretend(monkeypatch, make)
    return made


def test_all_analyses_give_their_tables(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", [5], analyses=ALL)
    settings = read_configuration(run / CONFIG).settings
    assert wanted(settings) == ["heldout", "probing", "experts", "lape", "lens", "deactivation"]
    inputs = open_inputs(settings, make_data(tmp_path / "data"))
    folder = run / "checkpoints" / "step-00000005"
    outcome = analyse(folder, run / "results", inputs)
    assert outcome.failed == {}
    assert list(outcome.tables) == [
        "heldout", "probing", "experts", "samples", "overlap", "families", "lape",
        "language_neurons", "lens", "deactivation",
    ]  # fmt: skip
    opened = open_checkpoint(folder)
    assert settings.heldout is not None
    expected = score_heldout(opened.model, opened.tokenizer, DOCUMENTS, settings.heldout)
    ours = outcome.tables["heldout"]
    assert_frame_equal(ours[list(expected)], expected, check_dtype=False)
    for name, table in outcome.tables.items():
        assert (table["step"] == 5).all()
        assert len(table) > 0
        assert_frame_equal(table, read_table(table_path(run / "results", name, 5)))
    assert set(outcome.tables["experts"]["language"]) == {"en", "es"}


@pytest.mark.parametrize("processes", [3, 40])
def test_parts_made_by_several_processes_give_the_tables_of_one(
    tmp_path: Path, processes: int
) -> None:
    run = make_run(tmp_path / "run", [5], analyses=ALL)
    settings = read_configuration(run / CONFIG).settings
    inputs = open_inputs(settings, make_data(tmp_path / "data"))
    folder = run / "checkpoints" / "step-00000005"
    expected = analyse(folder, tmp_path / "alone", inputs)
    opening = Opening(OwnFolder(folder), "cpu")
    assert settings.probing is not None
    parts = [
        make_parts(opening, tmp_path / "out", inputs, share=Rank(number, processes).share)
        for number in range(processes)
    ]
    assert not (tmp_path / "out").exists()  # other processes may still look what is there
    made = [part for each in parts for part in each.made]
    assert sorted(made) == sorted(
        [("heldout", 0), ("lape", 0), ("lens", 0), ("deactivation", 0)]
        + [("probing", seed) for seed in range(settings.probing.seeds)]
        + [("experts", language) for language in range(2)]
    )
    travelled = pickle.loads(pickle.dumps(parts))
    outcome = write_tables(opening, tmp_path / "out", inputs, travelled[::-1])
    assert outcome.failed == {}
    assert list(outcome.tables) == list(expected.tables)
    for name, table in outcome.tables.items():
        assert_frame_equal(table, expected.tables[name])
    again = make_parts(opening, tmp_path / "out", inputs)
    assert (again.made, again.failed) == ({}, {})


def test_a_part_that_fails_or_is_missing_fails_its_analysis(
    tmp_path: Path, checkpoint: Path, inputs: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(_: Checkpoint, __: Inputs, part: str) -> str:
        if part == "b":
            raise ValueError("it broke")
        return part

    broken = Divided(lambda _: ["a", "b", "c"], make, lambda *_: pytest.fail("joined"))
    monkeypatch.setitem(ANALYSES, "heldout", Analysis(broken, ("heldout",), 1))
    opening, out = Opening(OwnFolder(checkpoint), "cpu"), tmp_path / "out"
    parts = make_parts(opening, out, inputs)
    assert list(parts.made) == [("heldout", 0)]
    outcome = write_tables(opening, out, inputs, [parts])
    assert explain(outcome.failed["heldout"]) == "ValueError: it broke"
    outcome = write_tables(opening, out, inputs, [replace(parts, failed={})])
    assert "2 of 3 parts were not made; put the run" in explain(outcome.failed["heldout"])
    assert not out.exists()


def test_every_analysis_has_settings_of_its_name() -> None:
    assert list(ANALYSES) == list(DEFAULTS)


def test_what_is_there_is_not_made_again_unless_told(
    tmp_path: Path, checkpoint: Path, inputs: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = counted(monkeypatch)
    first = analyse(checkpoint, tmp_path / "out", inputs)
    again = analyse(checkpoint, tmp_path / "out", inputs)
    assert len(made) == 1
    assert_frame_equal(first.tables["heldout"], again.tables["heldout"])
    analyse(checkpoint, tmp_path / "out", inputs, again=True)
    assert len(made) == 2


@pytest.mark.parametrize("change", ["settings", "text", "weights", "version"])
def test_a_table_is_stale_when_what_it_was_made_from_changes(
    tmp_path: Path, checkpoint: Path, inputs: Inputs, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    made = counted(monkeypatch)
    analyse(checkpoint, tmp_path / "out", inputs)
    if change == "settings":
        assert inputs.settings.heldout is not None
        finer = replace(inputs.settings.heldout, context=8)
        inputs = replace(inputs, settings=replace(inputs.settings, heldout=finer))
    elif change == "text":
        inputs = replace(inputs, text="other")
    elif change == "weights":
        checkpoint = make_checkpoint(tmp_path / "other", 5, same_weights=True)
    else:
        changed = replace(ANALYSES["heldout"], version=ANALYSES["heldout"].version + 1)
        monkeypatch.setitem(ANALYSES, "heldout", changed)
    analyse(checkpoint, tmp_path / "out", inputs)
    assert len(made) == 2
    analyse(checkpoint, tmp_path / "out", inputs)
    assert len(made) == 2


def test_the_packages_version_is_recorded_but_makes_nothing_stale(
    tmp_path: Path, checkpoint: Path, inputs: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = counted(monkeypatch)
    monkeypatch.setattr(module, "version", lambda name: f"{name} 1")
    analyse(checkpoint, tmp_path / "out", inputs)
    note = made_from(table_path(tmp_path / "out", "heldout", 5))
    assert note["package"] == "interlingua 1"
    assert note["version"] == ANALYSES["heldout"].version
    monkeypatch.setattr(module, "version", lambda name: f"{name} 2")
    analyse(checkpoint, tmp_path / "out", inputs)
    assert len(made) == 1


@pytest.mark.parametrize("fails", [False, True])
def test_analyses_multiply_in_full_float32_whatever_the_caller_does(
    tmp_path: Path,
    checkpoint: Path,
    inputs: Inputs,
    monkeypatch: pytest.MonkeyPatch,
    fails: bool,
) -> None:
    seen: list[str] = []
    real = whole("heldout")

    def make(checkpoint: Checkpoint, inputs: Inputs) -> Tables:
        seen.append(torch.get_float32_matmul_precision())
        if fails:
            raise RuntimeError
        return real(checkpoint, inputs)

    pretend(monkeypatch, make)
    former = torch.get_float32_matmul_precision()
    try:
        for chosen in ("high", "medium", "highest"):
            torch.set_float32_matmul_precision(chosen)
            analyse(checkpoint, tmp_path / "out", inputs, again=True)
            assert torch.get_float32_matmul_precision() == chosen
    finally:
        torch.set_float32_matmul_precision(former)
    assert seen == ["highest"] * 3


def test_a_failing_analysis_costs_the_others_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path / "run", [5], analyses={**HELDOUT_ONLY, "probing": ALL["probing"]})
    settings = read_configuration(run / CONFIG).settings
    inputs = open_inputs(settings, make_data(tmp_path / "data"))

    def make(*_: Any) -> Tables:
        raise ValueError("it broke")

    pretend(monkeypatch, make)
    outcome = analyse(run / "checkpoints" / "step-00000005", run / "results", inputs)
    assert list(outcome.failed) == ["heldout"]
    assert explain(outcome.failed["heldout"]) == "ValueError: it broke"
    assert explain(UserError("no text", where="x")) == "x: no text"
    assert list(outcome.tables) == ["probing"]
    assert not table_path(run / "results", "heldout", 5).exists()
    monkeypatch.undo()
    whole = analyse(run / "checkpoints" / "step-00000005", run / "results", inputs)
    assert (list(whole.tables), whole.failed) == (["heldout", "probing"], {})


def test_a_failure_does_not_keep_the_model_in_memory(
    tmp_path: Path, checkpoint: Path, inputs: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[weakref.ref[Any]] = []

    def deep(model: Any) -> None:
        responses = torch.ones(3)
        kept.extend((weakref.ref(model), weakref.ref(responses)))
        try:
            raise torch.OutOfMemoryError("the first cause")
        except torch.OutOfMemoryError:
            raise KeyError("on the way")  # noqa: B904 (a context, not a cause)

    def make(checkpoint: Checkpoint, _: Inputs) -> Tables:
        try:
            deep(checkpoint.model)
        except KeyError as error:
            raise UserError("told") from error
        return {}

    pretend(monkeypatch, make)
    outcome: Outcome = analyse(checkpoint, tmp_path / "out", inputs)
    gc.collect()
    assert [reference() for reference in kept] == [None, None]
    shown = "".join(traceback.format_exception(outcome.failed["heldout"]))
    for line in ("the first cause", "on the way", "in deep"):
        assert line in shown


def test_a_table_with_missing_columns_is_a_failure_and_leaves_no_file(
    tmp_path: Path, checkpoint: Path, inputs: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, lambda *_: {"heldout": pd.DataFrame({"language": ["en"]})})
    outcome = analyse(checkpoint, tmp_path / "out", inputs)
    assert list(outcome.failed) == ["heldout"]
    assert not list((tmp_path / "out").rglob("*.*"))


def test_a_checkpoint_that_is_not_whole_is_refused(
    tmp_path: Path, checkpoint: Path, inputs: Inputs
) -> None:
    damage(checkpoint)
    with pytest.raises(UserError, match="damaged"):
        analyse(checkpoint, tmp_path / "out", inputs)
    with pytest.raises(UserError, match="no such folder"):
        analyse(tmp_path / "none", tmp_path / "out", inputs)


def test_inputs_are_the_held_out_documents_by_language(tmp_path: Path) -> None:
    path = make_data(tmp_path)
    inputs = open_inputs(ONLY_HELDOUT, path)
    assert inputs.heldout == DOCUMENTS
    assert inputs.concepts is None
    path.write_bytes(b"x")
    with pytest.raises(UserError, match="not a whole Parquet file"):
        open_inputs(ONLY_HELDOUT, path)
