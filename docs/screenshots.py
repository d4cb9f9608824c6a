"""Photographs of a run's report, for the pages: `python -m docs.screenshots RUN`, with Chromium.

Writes `pictures/page_*.png`, small ones. Texts on them are the model's own. Scripts that the
machine has no font for are shown as boxes (Debian: fonts-noto-core).
"""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

from analysis.report.report import write_report
from tests.analysis.report.browser import browser

PICTURES = Path(__file__).parent / "pictures"
WIDTH = 1000
COLOURS = 128
"""Of each picture, which makes it a third as large."""

SHOTS = {
    "summary": ("h1", "#chart-loss"),
    "overlap": ("#overlap-of-experts", "#chart-overlap_map"),
    "table": ("#table-overlap_languages", "#table-overlap_languages"),
    "steering": ("#chart-steering_own", "#chart-steering_own"),
    "texts": ("#texts-under-forcing", "#texts-under-forcing"),
}
"""What each shows: from one element of the page to another."""

SHOW = """
const soon = (wait = 20) => new Promise((done) => setTimeout(done, wait));
while (document.readyState !== "complete") await soon();
for (const figure of document.querySelectorAll(".figure")) {
  figure.scrollIntoView();
  while (!figure.dataset.drawn) await soon();
}
const table = document.getElementById("table-overlap_languages");
table.open = true;
while (!table.querySelector("th")) await soon();
const ratio = [...table.querySelectorAll("th button")].find((one) => one.textContent === "ratio");
ratio.click();
ratio.click();
"""
"""Draws all figures, and sorts a table by its ratio, the highest first."""


def photograph(run: str, pictures: Path = PICTURES) -> None:
    """Write the report of a run into a folder of its own and photograph it."""
    with tempfile.TemporaryDirectory() as name, browser(Path(name) / "profile", WIDTH) as tab:
        tab.open(write_report([run], out=Path(name) / "report"))
        tab.ask(SHOW)
        for shot, (first, last) in SHOTS.items():
            taken = Image.open(io.BytesIO(tab.photograph(first, last))).convert("RGB")
            taken.quantize(COLOURS).save(pictures / f"page_{shot}.png", optimize=True)


if __name__ == "__main__":
    photograph(sys.argv[1])
