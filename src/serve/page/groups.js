// The people divided: bars for a few groups, tiles for provinces, at one year.

import { share } from "./words.js";

const WORDS = { urban: "Towns", rural: "Countryside", female: "Women", male: "Men" };
/** Light to dark, colour-blind safe (YlGnBu of Brewer 2003), with the classes of the figures. */
const SCALE = ["#ffffe5", "#f7fcd0", "#edf8bb", "#d2eeb3", "#aadebb", "#7fcdbb", "#52bdc1", "#3aa8c3", "#1d91c0", "#2266ac", "#22529f", "#0c2c84"];
const CLASSES = [0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

function classOf(value) {
  let at = 0;
  while (at + 1 < CLASSES.length && CLASSES[at + 1] <= value) at += 1;
  return at;
}

/** White or black, whichever contrasts more with a background. */
function inkOn(hex) {
  const linear = (part) => {
    const c = Number.parseInt(hex.slice(part, part + 2), 16) / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  const light = 0.2126 * linear(1) + 0.7152 * linear(3) + 0.0722 * linear(5);
  return (light + 0.05) / 0.05 >= 1.05 / (light + 0.05) ? "#000000" : "#ffffff";
}

function bars(place, groups, layer, date) {
  const list = document.createElement("div");
  list.className = "bars";
  for (const group of groups) {
    const value = group.share[layer]?.[date] ?? 0;
    const label = document.createElement("span");
    label.textContent = WORDS[group.label] ?? group.label;
    const bar = document.createElement("span");
    bar.className = "bar";
    const fill = document.createElement("span");
    fill.style.width = `${100 * value}%`;
    bar.append(fill);
    const told = document.createElement("span");
    told.className = "value";
    told.textContent = share(value);
    list.append(label, bar, told);
  }
  place.replaceChildren(list);
}

function map(place, groups, tiles, layer, date) {
  const grid = document.createElement("div");
  grid.className = "map";
  grid.style.gridTemplateColumns = `repeat(${Math.max(...tiles.map((tile) => tile.column)) + 1}, minmax(0, 1fr))`;
  for (const tile of tiles) {
    const value = groups.find((group) => group.label === tile.region)?.share[layer]?.[date];
    const cell = document.createElement("div");
    cell.className = "tile";
    cell.style.gridColumn = String(tile.column + 1);
    cell.style.gridRow = String(tile.row + 1);
    const known = value !== undefined;
    const back = known ? SCALE[classOf(value)] : "#f0f0f0";
    cell.style.background = back;
    cell.style.color = inkOn(back);
    cell.title = known ? `${tile.region}: ${share(value)}` : tile.region;
    const number = document.createElement("b");
    number.textContent = known ? (100 * value).toFixed(value < 0.0995 && value > 0 ? 1 : 0) : "–";
    const name = document.createElement("span");
    name.textContent = tile.label;
    const whole = document.createElement("span");
    whole.className = "skip";
    whole.textContent = cell.title;
    name.setAttribute("aria-hidden", "true");
    number.setAttribute("aria-hidden", "true");
    cell.append(name, number, whole);
    grid.append(cell);
  }
  const note = document.createElement("p");
  note.className = "soft";
  note.textContent = "Percent of each province's people; darker is more. Tiles stand where provinces lie, areas are not to scale.";
  place.replaceChildren(grid, note);
}

/** Draws the groups of an answer at the date (a position). */
export function drawGroups(place, answer, tiles, layer, date) {
  if (!answer.groups.length) {
    const note = document.createElement("p");
    note.className = "soft";
    note.textContent = "The people of this scenario are not divided so.";
    place.replaceChildren(note);
  } else if (answer.breakdown === "region" && tiles.length) {
    map(place, answer.groups, tiles, layer, date);
  } else {
    bars(place, answer.groups, layer, date);
  }
}
