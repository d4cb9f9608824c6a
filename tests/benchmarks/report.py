"""The report of the full-size run: how large its page is, and how soon a browser shows it."""

import subprocess
import tempfile
from pathlib import Path
from time import perf_counter

from analysis.report.report import write_report
from callbacks.schedule import Schedule
from tests.analysis.report.browser import CHROMIUM
from tests.analysis.report.synthetic import tables, write

LANGUAGES = "ar bn ca en es eu fr hi id pt sw ta te ur vi zh".split()
DRAWING = 30_000
BLANK = "<!DOCTYPE html><title>blank</title>"


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
            for what_is_done, wait in (("opened", 0), ("first figures drawn", DRAWING)):
                ours, theirs = (_open(CHROMIUM, at, folder, wait) for at in (page, blank))
                seconds = f"{ours:.1f} s", f"{theirs:.1f} s (blank page)"
                found.append((f"{what}: {what_is_done}", *seconds, f"{ours / theirs:.1f}x"))
    return found


def _open(browser: str, page: Path, folder: Path, wait: int) -> float:
    """Seconds from the start of a browser to its end: when the page has been read and its words
    stand, or, with milliseconds to `wait` (of the browser's own time), what follows is done too.
    """
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu",
               f"--user-data-dir={folder / 'profile'}", "--dump-dom", page.as_uri()]  # fmt: skip
    if wait:
        command.insert(1, f"--virtual-time-budget={wait}")
    start = perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return perf_counter() - start
