"""Writing a report: the page, and beside it every figure as a picture and its table as CSV.

1. The words on the command line become runs: their tables, tokens and configurations (`runs.py`).
2. Runs that differ in their seed only become one group (`groups.py`).
3. Each section draws what its table shows and says it in words (`sections.py`).
4. The folder is written whole or not at all.
"""

from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from analysis.errors import UserError
from analysis.files import whole_folder
from analysis.report import stills
from analysis.report.groups import group
from analysis.report.page import page
from analysis.report.runs import read_runs, run_around
from analysis.report.sections import missing, parts
from analysis.results import find_results

FOLDER = "report"
PAGE, FIGURES, TABLES = "index.html", "figures", "tables"


def write_report(
    words: Sequence[str], compared: Sequence[str] = (), out: Path | None = None
) -> Path:
    """Write the report of runs or results folders, and return its page.

    `compared` stand beside the others and are never taken for further seeds of them. `out` is by
    default the folder `report` of the first run. Raises `UserError` for a word that means no
    results, and for an `out` that holds something else than a report.
    """
    runs = read_runs([*words, *compared])
    out = out or _place(words[0])
    _check_replaceable(out)
    own = len({find_results(word).resolve() for word in words})
    groups = [*group(runs[:own]), *group(runs[own:])]
    made = parts(groups)
    with whole_folder(out) as draft:
        for name in (FIGURES, TABLES):
            (draft / name).mkdir()
        charts = [chart for part in made for chart in part.charts]
        for chart in tqdm(charts, desc="drawing", unit="figure"):
            if chart.panels:
                stills.save(chart, draft / FIGURES)
            chart.table.to_csv(draft / TABLES / f"{chart.key}.csv", index=False)
        title = f"Interlingua: {', '.join(one.name for one in groups)}"
        (draft / PAGE).write_text(page(title, made, missing(groups)), encoding="utf-8")
    return out / PAGE


def _place(word: str) -> Path:
    run = run_around(find_results(word))
    if run is None:
        raise UserError("no run folder around it", where=word, fix="say where with --out")
    return run / FOLDER


def _check_replaceable(out: Path) -> None:
    """Raise `UserError` unless `out` is free, or holds a report and nothing else."""
    if not out.exists():
        return
    strange = [
        path.name
        for path in (out.iterdir() if out.is_dir() else [out])
        if path.name not in (PAGE, FIGURES, TABLES)
    ]
    if strange:
        raise UserError(
            f"it holds something else than a report ({min(strange)})",
            where=out,
            fix="name another folder with --out",
        )
