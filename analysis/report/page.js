"use strict";
// Draws a chart when it comes near the view, and builds its table when that is first opened.
// What comes from the tables only ever becomes text, never markup.
const data = (key) => JSON.parse(document.getElementById(`data-${key}`).textContent);

// plotly takes a second to start, so it stands in the page as text: it is started when the words
// have been painted, or when a chart needs it sooner.
function plotly() {
  const text = document.getElementById("plotly");
  if (text) {
    const script = document.createElement("script");
    script.textContent = text.textContent;
    text.remove();
    document.head.append(script); // runs at once
  }
  return Plotly;
}
addEventListener("load", () => requestAnimationFrame(() => setTimeout(plotly)));

const CONFIG = {
  responsive: true,
  displaylogo: false,
  modeBarButtons: [["zoom2d", "pan2d", "resetScale2d", "toImage"]],
};

function draw(place) {
  const { data: curves, layout } = data(place.id.slice("figure-".length)).figure;
  return plotly().newPlot(place, curves, layout, CONFIG);
}

const places = [...document.querySelectorAll(".figure")];
const watch = new IntersectionObserver(
  (seen) => {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting) continue;
      watch.unobserve(target);
      draw(target).then(() => (target.dataset.drawn = "yes"));
    }
  },
  { rootMargin: "300px" },
);
places.forEach((place) => watch.observe(place));

// Paper has no view to scroll.
addEventListener("beforeprint", () => {
  for (const place of places.filter((one) => !one.dataset.drawn)) {
    watch.unobserve(place);
    draw(place).then(() => (place.dataset.drawn = "yes"));
  }
});

function cell(value) {
  const made = document.createElement("td");
  if (typeof value === "number") {
    made.className = "number";
    made.textContent = String(value);
  } else {
    made.className = "text";
    made.dir = "auto";
    made.textContent = value === null ? "" : String(value);
  }
  return made;
}

function compare(a, b) {
  if (a === null || b === null) return (a === null) - (b === null);
  return typeof a === "number" ? a - b : String(a).localeCompare(String(b));
}

function fill(body, rows) {
  body.replaceChildren(
    ...rows.map((row) => {
      const made = document.createElement("tr");
      made.append(...row.map(cell));
      return made;
    }),
  );
}

function build(details, table) {
  const made = document.createElement("table");
  const head = made.createTHead().insertRow();
  const body = made.createTBody();
  table.columns.forEach((name, place) => {
    const heading = document.createElement("th");
    heading.scope = "col";
    const button = document.createElement("button");
    button.textContent = name;
    button.addEventListener("click", () => {
      const down = heading.ariaSort === "ascending";
      for (const other of head.cells) other.ariaSort = null;
      heading.ariaSort = down ? "descending" : "ascending";
      const sorted = table.rows.toSorted((a, b) => {
        // Empty cells stay at the end either way.
        const way = down && a[place] !== null && b[place] !== null ? -1 : 1;
        return way * compare(a[place], b[place]);
      });
      fill(body, sorted);
    });
    heading.append(button);
    head.append(heading);
  });
  fill(body, table.rows);
  details.querySelector(".scroll").append(made);
}

for (const details of document.querySelectorAll("details")) {
  const show = () => build(details, data(details.id.slice("table-".length)).table);
  if (details.open) show();
  else details.addEventListener("toggle", show, { once: true });
}
