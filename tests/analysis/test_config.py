from pathlib import Path

import pytest

from analysis.config import held_out_text, located, read_configuration
from analysis.errors import UserError
from analysis.layout import CONFIG, HELD_OUT
from tests.analysis.run_folder import make_run


def test_the_block_of_a_run_is_read(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", [], analyses={"heldout": {"context": 7}, "experts": None})
    found = read_configuration(run / CONFIG)
    assert found.settings.heldout is not None
    assert found.settings.heldout.context == 7
    assert found.settings.experts is None
    assert found.settings.probing is not None, "what is not named keeps its default"
    assert found.data == "data"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("analyses: {heldout: [", "not a YAML file"),
        ("analyses: {a: b: c}", "not a YAML file"),
        ("\x00", "not a YAML file"),
        ("", "the file holds nothing"),
        ("- analyses", "the file holds list"),
        ("analyses", "the file holds str 'analyses'"),
        ("data: {folder: x}", "no block 'analyses' among its keys: data"),
        ("{}", "no block 'analyses' among its keys: none"),
        ("analysis: {heldout: null}", "no block 'analyses' among its keys: analysis"),
        ("analyses: 3", "block 'analyses' holds int 3"),
        ("analyses:", "block 'analyses' holds nothing"),
        ("analyses: {}\ndata: x", "block 'data' holds str 'x'"),
        ("analyses: {}\ndata: {folder: 3}", "data.folder is 3"),
        ("analyses: {heldot: null}", "heldot"),
        ("analyses: {heldout: {contxt: 3}}", "contxt"),
        ("analyses: {heldout: {context: many}}", "context"),
        ("analyses: {heldout: {context: 0}}", "context is 0"),
        ("analyses: {heldout: 3}", "heldout"),
        ("analyses: {3: 4}", ""),
    ],
)
def test_what_does_not_belong_there_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text)
    with pytest.raises(UserError) as caught:
        read_configuration(file)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        read_configuration(tmp_path / "a.yaml")
    (tmp_path / "a.yaml").write_bytes(b"a: \xff\xfe")
    with pytest.raises(UserError, match="not a YAML file"):
        read_configuration(tmp_path / "a.yaml")


def test_data_lie_where_training_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = tmp_path / "started"
    run = make_run(started / "runs" / "one", [], data="prepared/demo")
    configuration = read_configuration(run / CONFIG)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    def put(folder: Path) -> Path:
        (folder / "prepared" / "demo").mkdir(parents=True)
        (folder / "prepared" / "demo" / HELD_OUT).touch()
        return folder / "prepared" / "demo" / HELD_OUT

    with pytest.raises(UserError, match="name the file with --heldout") as caught:
        held_out_text(configuration, run)
    for folder in (elsewhere, started / "runs", started, tmp_path):
        assert str(folder / "prepared" / "demo" / HELD_OUT) in str(caught.value)
    far = put(started)
    assert held_out_text(configuration, run) == far
    near = put(started / "runs")
    assert held_out_text(configuration, run) == near
    assert held_out_text(configuration, Path("../started/runs/one")) == near
    here = put(elsewhere)
    assert held_out_text(configuration, run) == here


def test_an_absolute_path_means_itself(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", [], data=str(tmp_path / "gone"))
    (tmp_path / HELD_OUT).touch()
    with pytest.raises(UserError) as caught:
        held_out_text(read_configuration(run / CONFIG), run)
    assert caught.value.what == f"no held-out text at {tmp_path / 'gone' / HELD_OUT}"


def test_a_file_without_data_says_so(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("analyses: {}")
    with pytest.raises(UserError, match=r"names no data\.folder; use --heldout"):
        held_out_text(read_configuration(file), None)


def test_a_concept_set_is_found_like_the_data(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", [], analyses={"concepts": "senses.parquet"})
    configuration = read_configuration(run / CONFIG)
    assert located(configuration, run).concepts == "senses.parquet"
    (tmp_path / "senses.parquet").touch()
    assert located(configuration, run).concepts == str(tmp_path / "senses.parquet")
    demo = make_run(tmp_path / "other", [], analyses={"concepts": "demo"})
    (tmp_path / "demo").mkdir()
    assert located(read_configuration(demo / CONFIG), demo).concepts == "demo"


def test_the_built_set_lies_beside_the_runs_data(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", [], analyses={})
    with pytest.raises(UserError, match=r"no concept set was built .*\(data/concepts\); build it"):
        located(read_configuration(run / CONFIG), run)
    (tmp_path / "data/concepts").mkdir(parents=True)
    found = located(read_configuration(run / CONFIG), run).concepts
    assert found == str(tmp_path / "data/concepts")
    alone = tmp_path / "alone.yaml"
    alone.write_text("analyses: {}")
    with pytest.raises(UserError, match=r"'built', and no data\.folder is named"):
        located(read_configuration(alone), None)
    # Without experts no set is needed.
    alone.write_text("analyses: {experts: null}")
    assert located(read_configuration(alone), None).experts is None
