"""The report of the full-size run: how large its page is, and how soon a browser shows it."""

import tempfile
from pathlib import Path
from time import perf_counter

from analysis.report.report import write_report
from callbacks.schedule import Schedule
from tests.analysis.report.browser import CHROMIUM, browser
from tests.analysis.report.synthetic import tables, write

LANGUAGES = "ar bn ca en es eu fr hi id pt sw ta te ur vi zh".split()
BLANK = "<!DOCTYPE html><title>blank</title>blank"
STAGES = """
const soon = () => new Promise((done) => setTimeout(done, 5));
const painted = () => performance.getEntriesByName("first-contentful-paint")[0];
while (document.readyState !== "complete" || !painted()) await soon();
const [opened] = performance.getEntriesByType("navigation");
const said = { "words painted": painted().startTime, "opened": opened.domInteractive };
const figure = document.querySelector(".figure");
if (!figure) return said;
figure.scrollIntoView();
while (!figure.dataset.drawn) await soon();
said["first figure drawn"] = performance.now();
return said;
"""


def rows() -> list[tuple[str, str, str, str]]:
    """What was measured, ours, theirs (a budget, or a blank page in the same browser), ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        results = write(folder / "full", tables(Schedule().steps(131_072), 24, LANGUAGES))
        start = perf_counter()
        page = write_report([str(results)], out=folder / "report")
        written = perf_counter() - start
        size = page.stat().st_size / 2**20
        what = "report, 45 steps x 24 layers x 120 pairs"
        found = [(f"{what}: size", f"{size:.1f} MB", "15 MB allowed", f"{15 / size:.1f}x")]
        found.append((f"{what}: written with its pictures", f"{written:.0f} s", "", ""))
        if CHROMIUM:
            blank = folder / "blank.html"
            blank.write_text(BLANK, encoding="utf-8")
            ours, theirs = (_open(at, folder) for at in (page, blank))
            for what_is_done, seconds in ours.items():
                blanks = theirs.get(what_is_done)
                beside = "" if blanks is None else f"{blanks:.2f} s (blank page)"
                found.append((f"{what}: {what_is_done}", f"{seconds:.2f} s", beside, ""))
    return found


def _open(page: Path, folder: Path) -> dict[str, float]:
    """Seconds from the order to open a page to each of its stages, in a browser that stands open.

    The first figure is scrolled to as soon as the page answers.
    """
    with browser(folder / "profile") as tab:
        tab.open(page)
        return {name: stage / 1000 for name, stage in tab.ask(STAGES).items()}
