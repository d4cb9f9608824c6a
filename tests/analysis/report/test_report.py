"""The report as it is written: files, page, refusals."""

import base64
import hashlib
import html
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from analysis import cli
from analysis.errors import UserError, run_command
from analysis.layout import CONFIG
from analysis.report.charts import STEP, Chart, Line, Lines
from analysis.report.groups import group
from analysis.report.page import page
from analysis.report.report import write_report
from analysis.report.runs import read_runs
from analysis.report.sections import Part, missing, parts
from analysis.report.stills import save
from analysis.results import FOLDER
from callbacks.schedule import Schedule
from tests.analysis.report.synthetic import make_run, run, tables, write

EVIL = '<script>alert("x")</script>'
MEGABYTE = 2**20


def payload(content: str) -> list[dict[str, Any]]:
    """What the page's script draws, and the keys."""
    found = re.findall(
        r'<script type="application/json" id="data-(\w+)">(.*?)</script>', content, re.S
    )
    return [{"key": key, **json.loads(data)} for key, data in found]


def body(content: str) -> str:
    """The page up to its scripts."""
    return content[: content.index('<script type="application/json"')]


def part(content: str, name: str) -> str:
    """A section of the page."""
    start = content.index(f'<section id="{name}">')
    return content[start : content.index("</section>", start)]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of one run, through the command line."""
    folder = make_run(tmp_path_factory.mktemp("runs") / "demo")
    assert run_command(cli.main, ["report", str(folder)]) == 0
    return folder / "report"


def test_each_figure_is_a_picture_twice_and_a_table(written: Path) -> None:
    charts = payload((written / "index.html").read_text(encoding="utf-8"))
    keys = {chart["key"] for chart in charts}
    drawn = {chart["key"] for chart in charts if "figure" in chart}
    assert len(drawn) == 31
    assert keys - drawn == {"steering_texts"}  # a table alone
    files = {path.relative_to(written).as_posix() for path in written.rglob("*") if path.is_file()}
    assert files == {"index.html"} | {
        name for key in drawn for name in (f"figures/{key}.png", f"figures/{key}.svg")
    } | {f"tables/{key}.csv" for key in keys}
    for chart in charts:
        rows = pd.read_csv(written / f"tables/{chart['key']}.csv")
        assert list(rows.columns) == chart["table"]["columns"]
        assert len(rows) == len(chart["table"]["rows"])


def test_tables_are_those_of_the_results(written: Path) -> None:
    rows = pd.read_csv(written / "tables/overlap_map.csv")
    whole = tables()["overlap"]
    chosen = whole[(whole["language_a"] == "all") & (whole["layer"] >= 0)]
    assert rows["value"].tolist() == pytest.approx(chosen["value"].tolist(), abs=0)
    assert set(rows["run"]) == {"demo"}


def test_the_same_runs_give_the_same_bytes(written: Path, tmp_path: Path) -> None:
    groups = group(read_runs([str(written.parent)]))
    made = parts(groups)
    again = page("Interlingua: demo", made, missing(groups))
    assert again == (written / "index.html").read_text(encoding="utf-8")
    for chart in (made[0].charts[0], made[2].charts[1]):
        save(chart, tmp_path)
        for name in (f"{chart.key}.png", f"{chart.key}.svg"):
            assert (tmp_path / name).read_bytes() == (written / "figures" / name).read_bytes()


def test_the_page_needs_nothing_from_elsewhere_and_runs_its_own_scripts_only(
    written: Path,
) -> None:
    content = (written / "index.html").read_text(encoding="utf-8")
    links = re.findall(r'(?:src|href)="([^"]+)"', body(content))
    assert all(link.startswith(("#", "figures/", "tables/", "data:,")) for link in links)
    policy = html.unescape(re.findall(r'Security-Policy" content="([^"]+)"', content)[0])
    assert policy.startswith("default-src 'none';")
    scripts = re.findall(
        r'<script(?: type="text/plain" id="plotly")?>(.*?)</script>', content, re.S
    )
    digests = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts]
    assert re.findall(r"'sha256-([^']+)'", policy) == digests
    assert len(digests) == 2


def test_the_summary_says_the_first_of_each_section_and_the_section_all(written: Path) -> None:
    content = body((written / "index.html").read_text(encoding="utf-8"))
    summary = content[content.index("<dl>") : content.index("</dl>")]
    assert summary.count("<dt>") == summary.count("<dd><p>") == content.count("<section ") == 12
    first, other = "Probing accuracy (mean over depths) rose", "By depth, it rose at 3 of 4 depths"
    assert first in summary
    assert other not in summary
    assert first in part(content, "probing")
    assert other in part(content, "probing")
    assert "<b" not in summary  # one run needs no name
    assert "40.5&nbsp;%" in summary


def test_the_summary_names_runs_where_there_are_several() -> None:
    groups = group([run("a"), run("b", {"kept": tables()["kept"]})])
    summary = body(page("", parts(groups), []))
    assert '<dd><p><b dir="auto">a</b>: Loss' in summary
    assert '<p><b dir="auto">b</b>: Of the experts' in summary


def test_what_comes_from_runs_is_never_markup() -> None:
    groups = group([run(EVIL), run("b")])
    chart = Chart(
        "texts", "Texts", "", (Lines(EVIL, STEP, "y", (Line(EVIL, np.zeros(1), np.ones(1), 0),)),),
        pd.DataFrame({"run": [EVIL], "text": ["</script>" + EVIL]}),
    )  # fmt: skip
    made = [*parts(groups), Part("Texts", {EVIL: [EVIL]}, [chart])]
    content = page(EVIL, made, [*missing(groups), EVIL])
    assert EVIL not in content
    assert html.escape(EVIL) in body(content)
    drawn = payload(content)
    assert drawn[-1]["table"]["rows"] == [[EVIL, "</script>" + EVIL]]
    # plotly takes names for its own markup, so these are escaped inside what it draws.
    assert "<script" not in json.dumps([one.get("figure") for one in drawn])
    assert 'dir="auto"' in body(content)


def test_a_name_with_signs_of_mathematics_is_drawn_as_it_is(tmp_path: Path) -> None:
    panel = Lines("$a^", STEP, "y", (Line("$b_{", np.zeros(1), np.ones(1), 0),))
    save(Chart("odd", "$c", "", (panel,), pd.DataFrame()), tmp_path)
    assert (tmp_path / "odd.png").stat().st_size > 1000


def test_a_page_of_the_full_size_stays_small() -> None:
    codes = "ar bn ca en es eu fr hi id pt sw ta te ur vi zh".split()
    steps = Schedule().steps(131_072)
    assert len(steps) == 45
    groups = group([run(made=tables(steps, 24, codes))])
    content = page("full size", parts(groups), [])
    assert len(content.encode()) < 15 * MEGABYTE
    pairs = next(one for one in payload(content) if one["key"] == "overlap_languages")
    assert len(pairs["table"]["rows"]) == 45 * 120


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what takes longest."""
    monkeypatch.setattr("analysis.report.stills.save", lambda *_: None)


@pytest.mark.usefixtures("no_pictures")
def test_seeds_are_one_and_others_beside_them(tmp_path: Path) -> None:
    words = [
        str(make_run(tmp_path / "a", seed=0)),
        str(make_run(tmp_path / "b", seed=1, shift=0.2)),
    ]
    other = str(make_run(tmp_path / "c", seed=2))
    write_report(words, [other], tmp_path / "out")
    rows = pd.read_csv(tmp_path / "out/tables/probing_spread.csv")
    assert list(dict.fromkeys(rows["run"])) == ["a and 1 more seed", "c"]
    write_report([*words, other, f"{other}/results"], out=tmp_path / "out")
    rows = pd.read_csv(tmp_path / "out/tables/probing_spread.csv")
    assert set(rows["run"]) == {"a and 2 more seeds"}


@pytest.mark.usefixtures("no_pictures")
def test_a_results_folder_is_enough(tmp_path: Path) -> None:
    results = write(tmp_path / "bloom", tables())
    with pytest.raises(UserError, match=r"no run folder around it; say where with --out"):
        write_report([str(results)])
    index = write_report([str(results)], out=tmp_path / "report")
    assert "bloom: tokens seen is not shown" in html.unescape(index.read_text(encoding="utf-8"))


def test_runs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    words = [str(make_run(tmp_path / place / "run")) for place in ("x", "y")]
    assert [one.name for one in read_runs(words)] == ["x/run", "y/run"]


def test_tokens_come_from_the_record_where_there_are_no_checkpoints(tmp_path: Path) -> None:
    (found,) = read_runs([str(make_run(tmp_path / "run"))])
    assert found.tables["tokens"].to_numpy().tolist() == [
        [1, 1000],
        [2, 2000],
        [4, 4000],
        [8, 8000],
    ]


def test_steps_made_with_other_settings_are_left_out_and_told(tmp_path: Path) -> None:
    write(tmp_path, tables(steps=(0, 1)), settings="old")
    write(tmp_path, tables(steps=(2, 4)))
    (found,) = read_runs([str(tmp_path)])
    assert set(found.tables["probing"]["step"]) == {2, 4}
    assert "probing: 2 steps are left out" in found.notes[1]


def test_a_table_of_an_earlier_version_is_left_out_and_told(tmp_path: Path) -> None:
    write(tmp_path, tables())
    for path in (tmp_path / "overlap").iterdir():
        pd.read_parquet(path).drop(columns="top").to_parquet(path)
    (found,) = read_runs([str(tmp_path)])
    assert "overlap" not in found.tables
    assert found.notes == [
        "overlap: 5 steps are left out: made by an earlier version, without top; analyse the run "
        "again"
    ]


def test_steps_of_an_earlier_version_are_left_out_among_others(tmp_path: Path) -> None:
    write(tmp_path, tables())
    path = tmp_path / "steering" / "step-00000001.parquet"
    old = pq.read_table(path).drop_columns(["difference", "over_random_low"])
    pq.write_table(old, path)  # with the note of what it was made from
    (found,) = read_runs([str(tmp_path)])
    assert set(found.tables["steering"]["step"]) == {0, 2, 4, 8}
    assert found.notes == [
        "steering: 1 steps are left out: made by an earlier version, without difference; analyse "
        "the run again"
    ]


def test_words_that_mean_no_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run").mkdir()
    with pytest.raises(UserError, match="neither a run nor a results folder"):
        read_runs([str(tmp_path / "run")])
    (tmp_path / "run" / CONFIG).write_text(yaml.safe_dump({"seed": 1}))
    with pytest.raises(UserError, match="no results yet; make them with: python -m analysis run"):
        read_runs([str(tmp_path / "run")])
    assert run_command(cli.main, ["report", str(tmp_path / "nothing")]) == 2
    assert "no such folder" in capsys.readouterr().err


def test_a_folder_that_holds_something_else_is_not_replaced(tmp_path: Path) -> None:
    source = make_run(tmp_path / "run")
    with pytest.raises(UserError, match=r"something else than a report \(config.yaml\)"):
        write_report([str(source)], out=source)
    assert (source / FOLDER).is_dir()


@pytest.mark.usefixtures("no_pictures")
def test_a_report_that_fails_leaves_the_former(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_run(tmp_path / "run")
    out = tmp_path / "out"
    (out / "figures").mkdir(parents=True)
    (out / "index.html").write_text("former")

    def fail(*_: object) -> str:
        raise RuntimeError

    monkeypatch.setattr("analysis.report.report.page", fail)
    with pytest.raises(RuntimeError):
        write_report([str(source)], out=out)
    assert (out / "index.html").read_text() == "former"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "run"]
