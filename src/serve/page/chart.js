// The fan chart: median and bands of the current choice, medians of pins and of the scenario as published, statistics as dots.

import { count, endYear } from "./words.js";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** A colour with an opacity, as a canvas takes it. */
function faint(hex, opacity) {
  return `${hex}${Math.round(opacity * 255).toString(16).padStart(2, "0")}`;
}

export class Chart {
  #place;
  #plot = null;
  #shape = "";
  #shown = null;

  constructor(place) {
    this.#place = place;
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.#shape = "";
      if (this.#shown) this.draw(this.#shown);
    });
  }

  /**
   * Draws `lines` (each { name, role: "current" | "pin" | "base", fan, at }) over `years`, and `dots` ({ year, value, filled }). Values are in
   * `unit`: "share", "points" or "people".
   */
  draw(shown) {
    this.#shown = shown;
    const { years, lines, unit } = shown;
    const data = [years];
    for (const line of lines) {
      for (const key of line.role === "current" ? ["q90", "q75", "median", "q25", "q10"] : ["median"]) data.push(line.fan[key]);
    }
    const shape = JSON.stringify([lines.map((line) => [line.role, line.at]), unit]);
    if (shape === this.#shape && this.#plot) {
      this.#plot.setData(data);
      return;
    }
    this.#shape = shape;
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#options(lines, unit), data, this.#place);
  }

  #size() {
    return { width: this.#place.clientWidth, height: this.#place.clientWidth < 500 ? 270 : 360 };
  }

  #options(lines, unit) {
    const ink = colour("soft");
    const grid = colour("grid");
    const series = [{}];
    const bands = [];
    for (const line of lines) {
      const stroke = colour(line.role === "pin" ? `pin-${line.at}` : line.role === "base" ? "base" : "current");
      if (line.role === "current") {
        const first = series.length;
        const hidden = { stroke: "transparent", width: 0, points: { show: false } };
        series.push(hidden, hidden, { stroke, width: 2.5, points: { show: false } }, hidden, hidden);
        bands.push({ series: [first, first + 4], fill: faint(stroke, 0.18) }, { series: [first + 1, first + 3], fill: faint(stroke, 0.24) });
      } else {
        series.push({ stroke, width: 2, dash: line.role === "base" ? [6, 5] : [], points: { show: false } });
      }
    }
    const told = (value) => (unit === "people" ? count(value) : unit === "points" ? `${(100 * value).toFixed(1)} pts` : `${(100 * value).toFixed(0)} %`);
    return {
      ...this.#size(),
      series,
      bands,
      scales: {
        x: { time: false },
        y: { range: (plot, low, high) => this.#range(low, high, unit) },
      },
      axes: [
        { stroke: ink, grid: { show: false }, ticks: { stroke: grid }, values: (plot, values) => values.map((v) => v.toFixed(0)), incrs: [1, 2, 5, 10, 20, 50] },
        { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { show: false }, size: unit === "people" ? 92 : unit === "points" ? 72 : 58, values: (plot, values) => values.map(told) },
      ],
      cursor: { drag: { x: false, y: false }, points: { show: false } },
      legend: { show: false },
      hooks: { draw: [(plot) => this.#dots(plot)], setCursor: [(plot) => this.#shown?.pointed?.(plot.cursor.idx)] },
    };
  }

  #range(low, high, unit) {
    const dots = (this.#shown?.dots ?? []).map((dot) => dot.value);
    if (unit === "share") return [0, 1];
    const top = Math.max(high ?? 0, ...dots, 0);
    const bottom = Math.min(low ?? 0, 0);
    const least = unit === "points" ? 0.002 : 1000;
    const room = 0.06 * Math.max(top - bottom, least);
    return [bottom < 0 ? bottom - room : 0, Math.max(top, bottom + least) + room];
  }

  #dots(plot) {
    const { ctx } = plot;
    const ratio = devicePixelRatio || 1;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = colour("dot");
    ctx.lineWidth = 1.4 * ratio;
    for (const dot of this.#shown?.dots ?? []) {
      const [x, y] = [plot.valToPos(dot.year, "x", true), plot.valToPos(dot.value, "y", true)];
      if (x < plot.bbox.left || x > plot.bbox.left + plot.bbox.width || y < plot.bbox.top) continue;
      ctx.beginPath();
      ctx.arc(x, y, 3.6 * ratio, 0, 2 * Math.PI);
      if (dot.filled) ctx.fill();
      else ctx.stroke();
    }
    ctx.restore();
  }
}

/** Statistics of a layer that are shares of somebody, as dots: filled where they count what the model counts. */
export function dotsOf(observations, layer, unit, populationAt) {
  const everybody = (o) => ["region", "residence", "sex", "age"].every((key) => o[key] === "all");
  return observations
    .filter((o) => o.layer === layer && everybody(o) && (o.unit === "share" || o.unit === "persons"))
    .map((o) => {
      const year = endYear(o.date);
      const people = populationAt(year);
      const isShare = o.unit === "share" ? o.value : o.value / people;
      return { year, value: unit === "people" ? isShare * people : isShare, filled: o.comparable };
    })
    .filter((dot) => Number.isFinite(dot.value));
}
