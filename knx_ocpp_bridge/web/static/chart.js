// Draws every <div class="chart" data-chart="…"> by uPlot. The same numbers stand in a table beside it for whoever has
// no scripts or cannot see a line. data-chart is JSON:
//   {"axis": "Time", "zone": "Europe/Berlin", "kind": "line" | "bars" | "steps", "x": [seconds since 1970, or 0, 1, 2 …],
//    "labels": ["Mon", …]  (for bars: what stands below each),
//    "series": [{"label": "Power", "unit": "kW", "digits": 1, "values": [1.5, null, …]}, …]}
// Series of one unit share an axis; null is a gap.
"use strict";

(() => {
  const TONES = Array.from({ length: 8 }, (_, place) => `--chart-${place + 1}`);
  const HEIGHT = 220;
  const FEW = 30; // so many points of a line are marked: one alone, between gaps, has no line
  const language = document.documentElement.lang;

  const tone = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "currentColor";
  const written = (value, digits) =>
    value == null ? "–" : new Intl.NumberFormat(language, { maximumFractionDigits: digits ?? 1 }).format(value);

  function paths(kind) {
    if (kind === "bars") return uPlot.paths.bars({ size: [0.7, 60] });
    return kind === "steps" ? uPlot.paths.stepped({ align: 1 }) : undefined;
  }

  function series(data) {
    const drawn = data.series.map((one, place) => ({
      label: `${one.label} (${one.unit})`,
      scale: one.unit,
      stroke: tone(TONES[place % TONES.length]),
      fill: data.kind === "bars" ? tone(TONES[place % TONES.length]) : undefined,
      width: 2,
      dash: place < TONES.length ? undefined : [2 + 4 * Math.floor(place / TONES.length), 4],
      paths: paths(data.kind),
      points: { show: data.kind === "line" && one.values.filter((value) => value != null).length <= FEW, size: 7 },
      value: (_plot, value) => written(value, one.digits),
    }));
    const moment = new Intl.DateTimeFormat(language, { timeZone: data.zone, dateStyle: "short", timeStyle: "short" });
    const where = (value) => (data.labels ? (data.labels[value] ?? "") : moment.format(new Date(value * 1000)));
    return [{ label: data.axis ?? "", value: (_plot, value) => (value == null ? "–" : where(value)) }, ...drawn];
  }

  // Days and hours by the clocks of the site, with seconds where they differ in them alone; a date where a day begins,
  // or where the chart does.
  function times(data, splits, step) {
    const parts = { timeZone: data.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    const clock = new Intl.DateTimeFormat(language, step < 60 ? { ...parts, second: "2-digit" } : parts);
    const date = new Intl.DateTimeFormat(language, { timeZone: data.zone, day: "numeric", month: "short" });
    const labels = splits.map((at, place) => {
      const moment = new Date(at * 1000);
      const hour = clock.format(moment);
      if (step >= 86400) return date.format(moment);
      return place === 0 || /^00:00(:00)?$/.test(hour) ? `${hour}\n${date.format(moment)}` : hour;
    });
    return differing(labels);
  }

  const differing = (labels) => labels.map((label, place) => (label === labels[place - 1] ? "" : label));

  function axes(data) {
    const line = { stroke: tone("--text"), grid: { stroke: tone("--line"), width: 1 }, ticks: { stroke: tone("--line") } };
    const below = data.labels
      ? { ...line, values: (_plot, splits) => splits.map((at) => (Number.isInteger(at) ? (data.labels[at] ?? "") : "")) }
      : { ...line, values: (_plot, splits, _axis, _space, step) => times(data, splits, step) };
    const units = [...new Set(data.series.map((one) => one.unit))];
    const beside = units.map((unit, place) => ({
      ...line,
      scale: unit,
      side: place ? 1 : 3,
      grid: { ...line.grid, show: !place },
      label: unit,
      values: (_plot, splits, _axis, _space, step) =>
        splits.map((value) => written(value, Math.max(1, Math.ceil(-Math.log10(step))))),
    }));
    return [below, ...beside];
  }

  function draw(place) {
    const data = JSON.parse(place.dataset.chart);
    const scales = Object.fromEntries(
      data.series.map((one) => [one.unit, { range: (_plot, low, high) => [Math.min(0, low * 1.08), high > 0 ? high * 1.08 : 1] }]),
    );
    scales.x = data.labels ? { time: false, range: () => [-0.6, data.x.length - 0.4] } : { time: true };
    if (!data.labels && data.x.length === 1) scales.x.range = () => [data.x[0] - 30, data.x[0] + 30];
    place.replaceChildren();
    return new uPlot(
      {
        width: place.clientWidth,
        height: HEIGHT,
        tzDate: (at) => uPlot.tzDate(new Date(at * 1000), data.zone),
        scales,
        series: series(data),
        axes: axes(data),
        legend: { live: true },
      },
      [data.x, ...data.series.map((one) => one.values)],
      place,
    );
  }

  function drawAll(under) {
    // The table stands open for whoever has no chart.
    for (const table of under.querySelectorAll("details[data-instead]")) {
      table.open = false;
      delete table.dataset.instead;
    }
    for (const place of under.querySelectorAll(".chart[data-chart]")) {
      let plot = draw(place);
      let width = place.clientWidth;
      new ResizeObserver(() => {
        if (place.clientWidth !== width) {
          width = place.clientWidth;
          plot.setSize({ width, height: HEIGHT });
        }
      }).observe(place);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
        plot.destroy();
        plot = draw(place);
      });
    }
  }

  drawAll(document);
  document.addEventListener("htmx:load", (event) => {
    if (event.target !== document.body) drawAll(event.target);
  });
})();
