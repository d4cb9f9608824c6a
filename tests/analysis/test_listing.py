"""What is listed of a step's tables: texts of every forcing, and means."""

import pandas as pd
import pytest

from analysis import listing
from analysis.listing import LISTED, listed
from analysis.tables import TABLES


def test_texts_are_the_first_of_every_forcing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "TEXTS", 5)
    rows = pd.DataFrame({"k": [0, 0, 0, 4, 4, 4, 9, 9, 9], "seed": [0, 1, 2] * 3})
    part = listed("steering_texts", rows)
    assert part is not None
    assert list(zip(part["k"], part["seed"], strict=True)) == [
        (0, 0), (0, 1), (4, 0), (4, 1), (9, 0),
    ]  # fmt: skip


def test_scores_are_the_means_over_concepts_and_other_tables_are_not_listed() -> None:
    rows = pd.DataFrame({"concept": ["all", "dog", "all"], "value": [1, 2, 3]})
    part = listed("steering", rows)
    assert part is not None
    assert part["value"].tolist() == [1, 3]
    assert listed("experts", rows) is None
    assert LISTED.keys() <= TABLES.keys()
