"""Experts in ml-selfcond's files, for those who generate with it or compare against it.

`<out>/<language>/sense/<concept>/expertise/expertise.csv` has its columns: `ap`, `off_mean` (mean
response over the negatives), `on_p50` and `on_p90` (percentiles over the positives), in float32;
`layer` (the module, `:0` behind it for its first output), `unit`, `uuid`, `concept`, `group`.
Beside it stands `expertise_info.json`, without which it does not read a table.

Its own tables hold every unit of a model; these hold the experts, best first, which is as many as
generation forces. `uuid` numbers the rows.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.concepts.json_layout import GROUP
from analysis.errors import UserError
from analysis.files import whole_folder
from analysis.results import chosen_step, read_table, table_path

TABLE, ABOUT = "expertise.csv", "expertise_info.json"


def write_selfcond(results: Path, out: Path, step: int | None = None) -> int:
    """Write the experts of a step (the last analysed one by default); returns the step.

    The folder is written whole or not at all. Raises `UserError` when it is there, when the step
    has no experts, and for a damaged table.
    """
    step = chosen_step(results, "experts", step)
    if out.exists():
        raise UserError("is there already", where=out, fix="name another folder, or delete it")
    experts = read_table(table_path(results, "experts", step))
    # Every language and concept is chosen among all units of the model.
    (total,) = read_table(table_path(results, "samples", step), ["units"])["units"].unique()
    with whole_folder(out) as draft:
        for (language, concept), rows in experts.groupby(["language", "concept"], sort=False):
            folder = draft / str(language) / GROUP / str(concept) / "expertise"
            folder.mkdir(parents=True)
            table = expertise(rows)
            table.to_csv(folder / TABLE, index=False)
            about = {
                "concept": concept,
                "group": GROUP,
                "max_ap": float(table["ap"].max()),
                "layer_names": sorted(table["layer"].unique()),
                "total_neurons": int(total),
            }
            (folder / ABOUT).write_text(json.dumps(about, indent=4), encoding="utf-8")
    return step


def expertise(rows: pd.DataFrame) -> pd.DataFrame:
    """The experts of one concept and language with ml-selfcond's columns, best first."""
    rows = rows.sort_values("rank")
    return pd.DataFrame(
        {
            "ap": rows["ap"].to_numpy(np.float32),
            "off_mean": rows["negatives_mean"].to_numpy(np.float32),
            "on_p50": rows["forced"].to_numpy(np.float32),
            "on_p90": rows["positives_p90"].to_numpy(np.float32),
            "layer": (rows["module"] + ":0").to_numpy(),
            "unit": rows["unit"].to_numpy(np.uint32),
            "uuid": np.arange(len(rows)),
            "concept": rows["concept"].to_numpy(),
            "group": GROUP,
        }
    )
