"""The page opened in a browser, as a person opens it; skipped where there is no Chromium."""

from pathlib import Path

import pytest
from PIL import Image

from analysis.report.groups import group
from analysis.report.page import page
from analysis.report.sections import parts
from docs import screenshots
from tests.analysis.report.browser import CHROMIUM, NAMES, browser
from tests.analysis.report.synthetic import make_run, run

EVIL = 'الدار <img src=x onerror="document.title=1">'

PROBE = """
const soon = () => new Promise((done) => setTimeout(done, 20));
const seen = (query, root = document) => root.querySelectorAll(query).length;
while (document.readyState !== "complete" || !window.Plotly) await soon();
const figures = [...document.querySelectorAll(".figure")];
const figure = document.getElementById("figure-loss");
const said = { lazy: seen(".figure[data-drawn]") < figures.length };
for (const one of figures) {
  one.scrollIntoView();
  while (!one.dataset.drawn) await soon();
}
said.drawn = figures.filter((one) => one.clientHeight <= parseInt(one.style.height) &&
  seen(".main-svg", one) && seen(".scatterlayer .trace, .heatmaplayer image", one)).length;
said.named = figures.filter((one) => one.ariaLabel.endsWith("The table has the numbers.")).length;
said.texts = seen("#table-steering_texts[open] tbody tr");
said.legend = seen(".legend .traces", figure);
said.scrolled = seen(".legend .scrollbar[height]:not([height='0'])", figure);
const details = document.getElementById("table-loss");
details.open = true;
while (!seen("td.text", details)) await soon();
const column = (place) => [...details.querySelectorAll("tbody tr")].map((row) =>
  row.cells[place].textContent);
const names = [...details.querySelectorAll("th")].map((one) => one.textContent);
const press = () => details.querySelectorAll("th button")[names.indexOf("value")].click();
const values = () => column(names.indexOf("value")).map(Number);
const ordered = (list) => list.every((value, place) => !place || list[place - 1] <= value);
press();
said.up = ordered(values());
press();
said.down = ordered(values().reverse()) && !ordered(values());
said.direction = getComputedStyle(details.querySelector("td.text")).direction;
said.images = seen("img, a[href^=javascript]");
Plotly.Fx.hover(figure, [{ curveNumber: 1, pointNumber: 1 }]);
said.hover = figure.querySelector(".hoverlayer").textContent;
await Plotly.restyle(figure, { visible: "legendonly" }, [1]);
said.hidden = seen(".scatterlayer .trace", figure);
said.title = document.title;
return said;
"""


pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason=f"no Chromium on the path ({', '.join(NAMES)})"
)


def test_the_page_draws_sorts_and_answers_without_an_error(tmp_path: Path) -> None:
    file = tmp_path / "index.html"
    file.write_text(page("demo", parts(group([run(EVIL)])), []), encoding="utf-8")
    with browser(tmp_path / "profile") as tab:
        tab.open(file)
        said = tab.ask(PROBE)
    assert tab.complaints == []
    assert said == {
        "lazy": True,
        "drawn": 31,
        "named": 31,
        "texts": 21,
        "legend": 6,
        "scrolled": 0,
        "up": True,
        "down": True,
        "direction": "rtl",  # the run's name begins with Arabic
        "images": 0,
        "hover": "meanstep 16.100 bits per byte",
        "hidden": 6,  # of six curves and a band
        "title": "demo",
    }


def test_the_pictures_of_the_pages_are_small_and_all_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.report.stills.save", lambda *_: None)
    screenshots.photograph(str(make_run(tmp_path / "demo")), tmp_path)
    for made in tmp_path.glob("page_*.png"):
        with Image.open(made) as picture:
            assert picture.width == screenshots.WIDTH
            assert picture.height > 200
    names = {path.name for path in tmp_path.glob("page_*.png")}
    known = {path.name: path for path in screenshots.PICTURES.glob("page_*.png")}
    told = (screenshots.PICTURES.parent / "tutorial.md").read_text(encoding="utf-8")
    assert names == known.keys() == {name for name in known if f"(pictures/{name})" in told}
    assert all(path.stat().st_size < 200_000 for path in known.values())
