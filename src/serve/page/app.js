// The page: state in, pictures out. Every change goes through `changed`, which writes the address and asks for an answer.

import * as client from "./client.js";
import { Chart, dotsOf } from "./chart.js";
import { Editor } from "./editor.js";
import { drawGroups } from "./groups.js";
import { drawLevers, drawPolicies } from "./levers.js";
import { Runs } from "./runs.js";
import * as states from "./state.js";
import { count, endYear, monthWords, points, share, signed } from "./words.js";

const at = (id) => document.getElementById(id);
const chart = new Chart(at("chart"));
const newest = new client.Newest();
/** How long levers have rested when many draws are asked for, milliseconds. */
const REST = 400;
/** Milliseconds from a lever's move to the chart redrawn, for whoever measures. */
window.uptakeTimings = [];

let state = states.read(location.hash);
let offers = [];
let detail = null;
let answer = null;
/** Answers of pins and of the scenario as published, by choice and layer as text. */
const kept = new Map();
const PUBLISHED = { policies: [], set: {} };
let playing = 0;
let resting = 0;
let refining = null;

const editor = new Editor(async (summary) => {
  await loadOffers();
  at("scenario").value = summary.id;
  choose(summary.id);
});
const runs = new Runs(at("runs"), at("runs-told"), (record) => {
  state = { ...state, scenario: record.scenario, policies: record.choice.policies, set: record.choice.set, pins: [] };
  open(state.scenario);
});

function problem(text) {
  at("problem").textContent = text;
  at("problem").hidden = !text;
}

async function loadOffers() {
  offers = await client.scenarios();
  at("scenario").replaceChildren(...offers.map((offer) => new Option(offer.sent ? `${offer.title} (sent)` : offer.title, offer.id)));
}

function choose(id) {
  state = { ...states.fresh(id), view: state.view, unit: state.unit, tab: state.tab };
  open(id);
}

/** Shows a scenario: its policies, levers and curves. */
async function open(id) {
  newest.drop();
  disturb();
  try {
    detail = await client.scenario(id);
  } catch (error) {
    problem(error.message);
    return;
  }
  if (state.scenario !== id) return;
  answer = null;
  kept.clear();
  at("scenario").value = id;
  at("description").textContent = detail.description.trim();
  const layers = detail.layers.map((layer) => new Option(layer.title, layer.name));
  at("layer").replaceChildren(...layers);
  if (!detail.layers.some((layer) => layer.name === state.layer)) state.layer = detail.layers[0]?.name ?? "";
  at("layer").value = state.layer;
  at("view").value = state.view;
  at("unit").value = state.unit;
  at("engine").replaceChildren(...detail.engines.map((name) => new Option(name, name)));
  at("engine").value = detail.engine;
  at("members").value = String(detail.members);
  at("seed").value = String(detail.seed);
  drawControls();
  selectTab(state.tab, false);
  changed();
}

function drawControls() {
  drawPolicies(at("policies"), detail.policies, state, (policy, on, keys) => {
    state.policies = on ? [...state.policies, policy] : state.policies.filter((other) => other !== policy);
    if (!on) for (const key of keys) delete state.set[key];
    changed();
  }, moved);
  drawLevers(at("levers"), detail.levers, state, at("all-levers").checked, moved);
}

function moved(key, value) {
  if (value === undefined) delete state.set[key];
  else state.set[key] = value;
  changed();
}

/** Writes the address and asks for the newest answer. */
function changed() {
  const began = performance.now();
  disturb();
  history.replaceState(null, "", states.write(state));
  const scenario = state.scenario;
  newest.ask(
    (signal) => client.live(scenario, states.choiceOf(state), state.layer, state.tab, { signal }),
    (told) => {
      if (scenario !== state.scenario || told.layers[0]?.name !== state.layer) return;
      answer = told;
      for (const choice of [PUBLISHED, ...state.pins]) keep(choice);
      problem("");
      draw();
      requestAnimationFrame(() => window.uptakeTimings.push(performance.now() - began));
      disturb();
      resting = setTimeout(refine, REST);
    },
    (error) => problem(error.message),
  );
}

/** A lever moves: the answer of many draws is no longer waited for. */
function disturb() {
  clearTimeout(resting);
  refining?.abort();
  refining = null;
}

/** Asks for the same curves from many draws, one after the other. What is refused for want of time stays as it is. */
async function refine() {
  refining = new AbortController();
  const { signal } = refining;
  const ask = (choice, tab) => client.live(state.scenario, { policies: choice.policies, set: choice.set }, state.layer, tab, { draws: "many", signal });
  try {
    const told = await ask(state, state.tab);
    if (signal.aborted) return;
    answer = told;
    draw();
    for (const choice of [PUBLISHED, ...state.pins]) {
      const key = keyOf(choice);
      if (kept.get(key)?.members >= told.members) continue;
      const better = await ask(choice, "none");
      if (signal.aborted) return;
      kept.set(key, better);
      draw();
    }
  } catch (error) {
    if (error.name !== "AbortError" && !(error instanceof client.Refused)) throw error;
  }
}

const keyOf = (choice) => JSON.stringify([choice.policies, choice.set, state.layer]);

/** Asks once for what stays as it is while levers move. */
async function keep(choice) {
  const key = keyOf(choice);
  if (kept.has(key)) return;
  kept.set(key, null);
  try {
    kept.set(key, await client.live(state.scenario, { policies: choice.policies, set: choice.set }, state.layer, "none"));
    draw();
  } catch (error) {
    kept.delete(key);
    problem(`A pinned choice cannot be shown: ${error.message}`);
  }
}

const scaled = (fan, by) => Object.fromEntries(Object.entries(fan).map(([key, values]) => [key, values.map((v, i) => v * by[i])]));

/** The fan of an answer, as shown. */
function fanOf(told) {
  const [of] = told.layers;
  const fan = state.view === "difference" ? of.difference : of.share;
  return state.unit === "people" ? scaled(fan, told.population) : fan;
}

function draw() {
  if (!answer || !detail) return;
  const years = answer.dates.map(endYear);
  const lines = [];
  const changedAtAll = state.policies.length > 0 || Object.keys(state.set).length > 0;
  const base = kept.get(keyOf(PUBLISHED));
  if (base && changedAtAll) lines.push({ name: "as published", role: "base", at: 0, fan: fanOf(base) });
  state.pins.forEach((pin, position) => {
    const told = kept.get(keyOf(pin));
    if (told) lines.push({ name: pin.label, role: "pin", at: position, fan: fanOf(told) });
  });
  lines.push({ name: changedAtAll ? "this choice" : "as published", role: "current", at: 0, fan: fanOf(answer) });
  const unit = state.unit === "people" ? "people" : state.view === "difference" ? "points" : "share";
  const populationAt = (year) => {
    const found = years.findIndex((other) => other >= year);
    return answer.population[found < 0 ? years.length - 1 : found];
  };
  const dots = state.view === "level" ? dotsOf(detail.observations, state.layer, state.unit, populationAt) : [];
  chart.draw({ years, lines, dots, unit });
  drawLegend(lines, dots);
  tell();
  tabulate();
  drawYear();
}

/** What bands are made of. */
const drawsOf = (told) => `${told.members} draws of the numbers ${told.posterior ? "that agree with the published statistics" : "within their assumed spread"}`;

function drawLegend(lines, dots) {
  const item = (text, swatch, ...more) => {
    const made = document.createElement("li");
    made.append(swatch, text, ...more);
    return made;
  };
  const swatch = (name, style) => {
    const made = document.createElement("span");
    made.className = `swatch ${style}`;
    if (name) made.style.borderTopColor = `var(--${name})`;
    return made;
  };
  const items = lines.map((line) => {
    if (line.role === "base") return item(line.name, swatch("base", "dashed"));
    if (line.role === "current") return item(`${line.name}: median, 50 % and 80 % of ${drawsOf(answer)}`, swatch("current", ""));
    const drop = document.createElement("button");
    drop.type = "button";
    drop.textContent = "Unpin";
    drop.setAttribute("aria-label", `Unpin ${line.name}`);
    drop.addEventListener("click", () => {
      state.pins.splice(line.at, 1);
      changed();
      at("pin").focus();
    });
    return item(line.name, swatch(`pin-${line.at}`, ""), drop);
  });
  if (dots.some((dot) => dot.filled)) items.push(item("published, counts people", swatch("", "dot filled")));
  if (dots.some((dot) => !dot.filled)) items.push(item("published, counts something else", swatch("", "dot")));
  at("legend").replaceChildren(...items);
}

function tell() {
  const last = answer.dates.length - 1;
  const { title, share: fan, difference } = answer.layers[0];
  const people = answer.population[last];
  const when = monthWords(answer.dates[last]);
  let text = `${title}: ${count(fan.median[last] * people)} users in ${when}, ${share(fan.median[last])} of the people (80 % interval ${share(fan.q10[last])} to ${share(fan.q90[last])}).`;
  const gained = difference.median[last] * people;
  if (Math.abs(gained) >= 0.5) {
    text += ` Against the scenario as published: ${signed(gained, count)} users, ${signed(difference.median[last], points)}.`;
  }
  at("told").textContent = text;
  at("chart").setAttribute("aria-label", `Chart of users over time. ${text}`);
}

function tabulate() {
  const { share: fan, difference } = answer.layers[0];
  const rows = answer.dates.map((date, i) => {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = date;
    const cells = [share(fan.median[i]), `${share(fan.q10[i])} to ${share(fan.q90[i])}`, count(fan.median[i] * answer.population[i]), signed(difference.median[i] * answer.population[i], count)];
    row.append(head, ...cells.map((text) => {
      const cell = document.createElement("td");
      cell.textContent = text;
      return cell;
    }));
    return row;
  });
  const heads = document.createElement("tr");
  for (const text of ["Month", "Share", "80 % interval", "Users", "Against as published"]) {
    const head = document.createElement("th");
    head.scope = "col";
    head.textContent = text;
    heads.append(head);
  }
  const [top, body] = [document.createElement("thead"), document.createElement("tbody")];
  top.append(heads);
  body.append(...rows);
  at("numbers").replaceChildren(top, body);
}

/** Position of the date shown below the chart. */
function dateShown() {
  const found = answer.dates.findIndex((date) => date === `${state.year}-12`);
  return found < 0 ? answer.dates.length - 1 : found;
}

function drawYear() {
  const years = answer.dates.map((date) => Number(date.slice(0, 4)));
  const slider = at("year");
  slider.min = String(years[0]);
  slider.max = String(years.at(-1));
  const date = dateShown();
  slider.value = String(years[date]);
  at("year-told").textContent = monthWords(answer.dates[date]);
  slider.setAttribute("aria-valuetext", monthWords(answer.dates[date]));
  if (answer.breakdown === state.tab) drawGroups(at("groups"), answer, detail.tiles, 0, date);
}

function selectTab(name, asks = true) {
  state.tab = name;
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const on = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
    if (on) at("groups").setAttribute("aria-labelledby", tab.id);
  }
  if (asks) changed();
}

function setYear(year) {
  state.year = year;
  history.replaceState(null, "", states.write(state));
  if (answer) drawYear();
}

function play(on) {
  clearInterval(playing);
  playing = 0;
  at("play").setAttribute("aria-pressed", String(on));
  at("play").textContent = on ? "Pause" : "Play";
  if (!on) return;
  const slider = at("year");
  if (Number(slider.value) >= Number(slider.max)) setYear(Number(slider.min));
  playing = setInterval(() => {
    const next = Number(slider.value) + 1;
    if (next > Number(slider.max)) play(false);
    else setYear(next);
  }, 350);
}

at("scenario").addEventListener("change", (event) => choose(event.target.value));
for (const key of ["layer", "view", "unit"]) {
  at(key).addEventListener("change", (event) => {
    state[key] = event.target.value;
    if (key === "layer") changed();
    else {
      history.replaceState(null, "", states.write(state));
      draw();
    }
  });
}
at("tabs").addEventListener("click", (event) => {
  if (event.target.dataset.tab) selectTab(event.target.dataset.tab);
});
at("tabs").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const { TABS } = states;
  const next = TABS[(TABS.indexOf(state.tab) + step + TABS.length) % TABS.length];
  selectTab(next);
  at(`tab-${next}`).focus();
  event.preventDefault();
});
at("year").addEventListener("input", (event) => {
  play(false);
  setYear(Number(event.target.value));
});
at("play").addEventListener("click", () => play(!playing));
at("pin").addEventListener("click", () => {
  if (state.pins.length >= states.MOST_PINS) return problem(`At most ${states.MOST_PINS} choices are pinned; unpin one first.`);
  const titles = state.policies.map((id) => detail.policies.find((policy) => policy.id === id)?.title ?? id);
  const values = Object.entries(state.set).map(([key, value]) => `${key.split(".").slice(1).join(" ")} ${value}`);
  const label = [...titles, ...values].join(", ") || "as published";
  const pin = { label, policies: [...state.policies], set: { ...state.set } };
  state.pins.push(pin);
  changed();
});
at("reset").addEventListener("click", () => {
  state.set = {};
  drawControls();
  changed();
});
at("all-levers").addEventListener("change", drawControls);
at("edit").addEventListener("click", () => editor.open(state.scenario));
at("share").addEventListener("click", async () => {
  const button = at("share");
  try {
    await navigator.clipboard.writeText(location.href);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Copy it from the address bar";
  }
  setTimeout(() => {
    button.textContent = "Copy link";
  }, 2500);
});
for (const button of document.querySelectorAll(".save")) {
  button.addEventListener("click", () => {
    client.figure(state.scenario, states.choiceOf(state), at("figure").value, button.dataset.format).catch((error) => problem(error.message));
  });
}
at("save-scenario").addEventListener("click", () => {
  client.resolved(state.scenario, states.choiceOf(state)).catch((error) => problem(error.message));
});
const request = (kind) => ({
  scenario: state.scenario, choice: states.choiceOf(state), kind, engine: at("engine").value, members: Number(at("members").value) || 1, seed: Number(at("seed").value) || 0,
});
at("start-run").addEventListener("click", () => runs.start(request("run")));
at("start-compare").addEventListener("click", () => runs.start(request("compare")));
addEventListener("hashchange", () => {
  state = states.read(location.hash);
  open(state.scenario);
});

try {
  await loadOffers();
  if (!offers.some((offer) => offer.id === state.scenario)) {
    const wanted = state.scenario;
    state = states.fresh(offers[0].id);
    await open(state.scenario);
    if (wanted) problem(`The scenario “${wanted}” of the link is not offered here.`);
  } else {
    await open(state.scenario);
  }
  await runs.load();
} catch (error) {
  problem(error.message);
}
