from pathlib import Path

import pandas as pd
import pytest

from analysis import cli
from analysis.errors import run_command
from analysis.results import write_table
from analysis.show import show
from analysis.tables import columns
from tests.analysis.report.synthetic import make_run, tables, write


def rows(text: str) -> list[list[str]]:
    """The words of each line under the title."""
    return [line.split() for line in text.splitlines()[1:]]


def test_probing_by_depth(tmp_path: Path) -> None:
    text = show("probing", write(tmp_path, tables()))
    assert text.startswith("step 8: probing accuracy")
    assert rows(text) == [
        ["depth", "value", "low", "high", "chance", "control"],
        # Two probe seeds, of 0.40 and 0.41: both have their whole interval, 0.02 each way, in it.
        ["0", "0.405", "0.38", "0.43", "0.25", "0.3"],
        *([str(depth), "0.705", "0.68", "0.73", "0.25", "0.3"] for depth in (1, 2, 3)),
    ]


def test_overlap_by_layer_at_a_step(tmp_path: Path) -> None:
    found = rows(show("overlap", write(tmp_path, tables()), 1))
    assert found[0][:7] == ["layer", "k", "value", "low", "high", "chance", "ratio"]
    assert found[0][-4:] == ["other_concepts", "excess", "excess_low", "excess_high"]
    assert [row[:7] for row in found[1:3]] == [
        ["0", "20", "2.4", "2.3", "2.5", "2", "1.2"],
        ["1", "20", "2.6", "2.5", "2.7", "2", "1.3"],
    ]
    assert [row[-4:] for row in found[1:3]] == [
        ["2.2", "0.2", "-0.1", "0.5"],
        ["2.2", "0.4", "0.1", "0.7"],
    ]
    assert found[-1][0] == "all"


def test_experts_by_language(tmp_path: Path) -> None:
    experts = pd.DataFrame(
        [
            {"concept": concept, "language": language, "rank": rank, "ap": 0.9 - 0.2 * rank,
             "ap_test": 0.5 + 0.2 * (language == "sw"), "chance_test": 0.25}
            for concept in ("dog", "cat") for language in ("en", "sw") for rank in (0, 1)
        ]
    )  # fmt: skip
    samples = pd.DataFrame(
        {"concept": ["dog", "cat"] * 2, "language": ["en", "en", "sw", "sw"],
         "discoveries": [1.0, 3.0, 5.0, 7.0], "null_max": [0.4, 0.6, 0.4, 0.6]}
    )  # fmt: skip
    for name, frame in (("experts", experts), ("samples", samples)):
        rest = dict.fromkeys(set(columns(name)) - set(frame.columns), 0)
        write_table(tmp_path, name, 4, frame.assign(**rest), {})
    assert rows(show("experts", tmp_path)) == [
        ["language", "discoveries", "ap_best", "best_by_chance", "ap_heldout", "chance_heldout"],
        ["en", "2", "0.9", "0.5", "0.5", "0.25"],
        ["sw", "6", "0.9", "0.5", "0.7", "0.25"],
    ]


def test_the_command_takes_a_run_or_its_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(tmp_path / "run")
    for target in (run, run / "results"):
        assert run_command(cli.main, ["show", "overlap", str(target), "--step", "2"]) == 0
        assert capsys.readouterr().out.startswith("step 2: experts shared")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["probing", "--step", "3"], "step 3 has no table 'probing'; use one of 0 1 2 4 8"),
        (["experts"], "no table 'experts'; make it with: python -m analysis run"),
        (["nothing"], "invalid choice: 'nothing'"),
    ],
)
def test_what_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    run = make_run(tmp_path / "run")
    name, *rest = words
    assert run_command(cli.main, ["show", name, str(run), *rest]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
