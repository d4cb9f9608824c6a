import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.activations.units import find_units
from analysis.cli import main
from analysis.errors import UserError
from analysis.experts.experts import find_experts
from analysis.experts.selfcond_csv import write_selfcond
from analysis.experts.settings import ExpertSettings
from analysis.results import FOLDER, write_table
from tests.analysis.activations.tiny import tiny_model
from tests.analysis.experts.test_experts import TOKENIZER, random_concepts, rows_of

COLUMNS = "ap off_mean on_p50 on_p90 layer unit uuid concept group".split()
"""As ml-selfcond's `ExpertiseResult` writes and reads them."""


def written(run: Path) -> pd.DataFrame:
    """Tables of experts at two steps; those of the second."""
    for step, k in ((1, 5), (2, 12)):
        settings = ExpertSettings(preset="suau2022", k=k)
        found = find_experts(tiny_model(), TOKENIZER, random_concepts(), settings)
        for table, rows in (("experts", found.experts), ("samples", found.samples)):
            write_table(run / FOLDER, table, step, rows, {"settings": "same"})
    return found.experts


def test_files_are_those_that_ml_selfcond_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    experts = written(tmp_path)
    main(["experts", "export", str(tmp_path), "--out", str(tmp_path / "out")])
    assert "step 2" in capsys.readouterr().out
    total = sum(group.width for group in find_units(tiny_model()))
    for language in ("en", "sw"):
        for concept in ("dog", "house", "joy"):
            folder = tmp_path / "out" / language / "sense" / concept / "expertise"
            table = pd.read_csv(folder / "expertise.csv")
            own = rows_of(experts, concept, language)
            assert list(table.columns) == COLUMNS
            assert table["layer"].tolist() == [f"{name}:0" for name in own["module"]]
            assert table["unit"].tolist() == own["unit"].tolist()
            for column, ours in (
                ("ap", "ap"),
                ("on_p50", "forced"),
                ("on_p90", "positives_p90"),
                ("off_mean", "negatives_mean"),
            ):
                np.testing.assert_array_equal(
                    table[column].astype(np.float32), own[ours].astype(np.float32)
                )
            about = json.loads((folder / "expertise_info.json").read_text())
            assert about["concept"] == concept
            assert about["group"] == table["group"].iloc[0] == "sense"
            assert about["total_neurons"] == total


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no table 'experts'"):
        write_selfcond(tmp_path, tmp_path / "out")
    written(tmp_path)
    with pytest.raises(UserError, match=r"step 7 has no table 'experts'.*use one of 1 2"):
        write_selfcond(tmp_path / FOLDER, tmp_path / "out", 7)
    assert not (tmp_path / "out").exists()
    assert write_selfcond(tmp_path / FOLDER, tmp_path / "out", 1) == 1
    with pytest.raises(UserError, match="already"):
        write_selfcond(tmp_path / FOLDER, tmp_path / "out", 1)
