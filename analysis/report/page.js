"use strict";
// Draws the charts one after the other, and builds a chart's table when it is first opened.
// What comes from the tables only ever becomes text, never markup.
const charts = JSON.parse(document.getElementById("charts").textContent);

function draw(place) {
  if (place === charts.length) {
    document.body.dataset.drawn = String(place);
    return;
  }
  const chart = charts[place];
  Plotly.newPlot(`figure-${chart.key}`, chart.figure.data, chart.figure.layout, {
    responsive: true,
    displaylogo: false,
  }).then(() => setTimeout(draw, 0, place + 1));
}

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

for (const chart of charts) {
  const details = document.getElementById(`table-${chart.key}`);
  details.addEventListener("toggle", () => build(details, chart.table), { once: true });
}
setTimeout(draw, 0, 0);
