"""The page opened in a browser, as a person opens it; skipped where there is no Chromium."""

import html
import json
import re
import subprocess
from pathlib import Path

import pytest

from analysis.report.groups import group
from analysis.report.page import page
from analysis.report.sections import parts
from tests.analysis.report.browser import CHROMIUM, NAMES
from tests.analysis.report.synthetic import run

EVIL = 'الدار <img src=x onerror="document.title=1">'

PROBE = """
<script>
addEventListener("load", async () => {
  const soon = () => new Promise((done) => setTimeout(done, 20));
  const seen = (query, root = document) => root.querySelectorAll(query).length;
  const figures = [...document.querySelectorAll(".figure")];
  const figure = document.getElementById("figure-loss");
  while (!seen(".figure[data-drawn]")) await soon();
  const said = { lazy: seen(".figure[data-drawn]") < figures.length };
  for (const one of figures) {
    one.scrollIntoView();
    while (!one.dataset.drawn) await soon();
  }
  said.drawn = figures.filter((one) => one.clientHeight <= parseInt(one.style.height) &&
    seen(".main-svg", one) && seen(".scatterlayer .trace, .heatmaplayer image", one)).length;
  said.texts = seen("#table-steering_texts[open] tbody tr");
  said.legend = seen(".legend .traces", figure);
  const details = document.getElementById("table-loss");
  details.open = true;
  setTimeout(async () => {
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
    document.title = "SAID " + JSON.stringify(said);
  }, 100);
});
</script>
"""


def test_the_page_draws_sorts_and_answers_without_an_error(tmp_path: Path) -> None:
    if CHROMIUM is None:
        pytest.skip(f"no Chromium on the path ({', '.join(NAMES)})")
    content = page("demo", parts(group([run(EVIL)])), [])
    # The policy would not let the probe in; a test of its own holds it to the page's scripts.
    assert "Security-Policy" in content
    plain = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", content)
    for name, text in (("plain", content), ("probed", plain.replace("</body>", PROBE + "</body>"))):
        file = tmp_path / f"{name}.html"
        file.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
             f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1200,6000",
             "--virtual-time-budget=2000000", "--dump-dom", file.as_uri()],
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "CONSOLE" not in done.stderr, done.stderr
    title = re.search(r"<title>SAID (.*?)</title>", done.stdout)
    assert title
    assert json.loads(html.unescape(title[1])) == {
        "lazy": True,
        "drawn": 29,
        "texts": 21,
        "legend": 6,
        "up": True,
        "down": True,
        "direction": "rtl",  # the run's name begins with Arabic
        "images": 0,
        "hover": "meanstep 16.100 bits per byte",
        "hidden": 6,  # of six curves and a band
    }
