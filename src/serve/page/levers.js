// Sliders and dates, made from what the server says can be moved.

import { plain } from "./words.js";

const STEPS = 1000;
let serial = 0;

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") made.className = value;
    else if (key in made && typeof value !== "string") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** Where a value stands on a slider of 0..STEPS, and back. */
function scaleOf(lever) {
  const { low, high } = lever;
  if (lever.logarithmic) {
    const span = Math.log(high / low);
    return { to: (v) => (STEPS * Math.log(v / low)) / span, from: (s) => low * Math.exp((s / STEPS) * span) };
  }
  return { to: (v) => (STEPS * (v - low)) / (high - low), from: (s) => low + (s / STEPS) * (high - low) };
}

/** A lever's row. `moved(key, value)` is called with undefined when it is put back. */
function row(lever, value, moved) {
  const id = `lever-${++serial}`;
  const now = value ?? lever.value;
  const unit = lever.kind === "number" ? element("span", { class: "soft" }, ` ${lever.unit}`) : "";
  const label = element("label", { for: id, class: value === undefined ? "" : "moved" }, lever.label, unit);
  const source = element("p", { class: "source", id: `${id}-source` });
  if (lever.basis === "estimated") source.append(element("span", { class: "tag" }, "estimated"), " ");
  else if (lever.basis === "assumed") source.append(element("span", { class: "tag" }, "assumed"), " ");
  // The source is that of the distribution; of an estimated number it was the guess before there were statistics.
  const cited = lever.basis === "estimated" && lever.source ? `before the statistics: ${lever.source}` : lever.source === "assumed" ? "" : lever.source;
  source.append([lever.words, cited].filter(Boolean).join(" · "));
  const reset = element("button", { type: "button", "aria-label": `Reset ${lever.group}: ${lever.label}` }, "Reset");
  reset.disabled = value === undefined;
  const settle = (next) => {
    label.className = next === undefined ? "" : "moved";
    reset.disabled = next === undefined;
    moved(lever.key, next);
  };
  if (lever.kind === "month") {
    const input = element("input", { type: "month", id, min: lever.low, max: lever.high, "aria-describedby": `${id}-source` });
    input.value = now;
    input.addEventListener("change", () => {
      if (/^\d{4}-\d{2}$/.test(input.value) && input.value >= lever.low && input.value <= lever.high) settle(input.value);
    });
    reset.addEventListener("click", () => {
      input.value = lever.value;
      settle(undefined);
      input.focus();
    });
    return element("div", { class: "lever" }, label, element("div", { class: "row" }, input, reset), source);
  }
  const scale = scaleOf(lever);
  const slider = element("input", { type: "range", id, min: "0", max: String(STEPS), step: "1", "aria-describedby": `${id}-source` });
  const exact = element("input", { type: "number", step: "any", "aria-label": `${lever.group}: ${lever.label}, exact value` });
  const show = (v) => {
    slider.value = String(Math.round(scale.to(v)));
    slider.setAttribute("aria-valuetext", `${plain(v)} ${lever.unit}`);
    exact.value = plain(v);
  };
  show(now);
  slider.addEventListener("input", () => {
    const next = Math.min(Math.max(Number(scale.from(Number(slider.value)).toPrecision(6)), lever.low), lever.high);
    slider.setAttribute("aria-valuetext", `${plain(next)} ${lever.unit}`);
    exact.value = plain(next);
    settle(next);
  });
  exact.addEventListener("change", () => {
    const typed = Number(exact.value);
    if (exact.value === "" || !Number.isFinite(typed)) return show(now);
    const next = Math.min(Math.max(typed, lever.low), lever.high);
    show(next);
    settle(next);
  });
  reset.addEventListener("click", () => {
    show(lever.value);
    settle(undefined);
    slider.focus();
  });
  return element("div", { class: "lever" }, label, element("div", { class: "row" }, slider, exact, reset), source);
}

/** Policies with a box each; what can be moved about a policy is under it once it is chosen. */
export function drawPolicies(place, policies, state, chosen, moved) {
  place.replaceChildren();
  if (!policies.length) place.append(element("p", { class: "soft" }, "No policies are offered with this scenario."));
  for (const policy of policies) {
    const box = element("input", { type: "checkbox" });
    box.checked = state.policies.includes(policy.id);
    const under = element("details", {}, element("summary", {}, "Dates and strengths"));
    const fill = () => under.append(...policy.levers.map((lever) => row(lever, state.set[lever.key], moved)));
    under.hidden = !box.checked;
    if (box.checked) fill();
    box.addEventListener("change", () => {
      under.hidden = !box.checked;
      under.replaceChildren(under.firstChild);
      chosen(policy.id, box.checked, policy.levers.map((lever) => lever.key));
      if (box.checked) fill();
    });
    const about = element("p", { class: "source" }, policy.description.trim());
    place.append(element("div", { class: "policy" }, element("label", {}, box, policy.title), about, under));
  }
}

/** The scenario's own levers, by group; the few that matter most unless `all`. */
export function drawLevers(place, levers, state, all, moved) {
  const open = new Set([...place.querySelectorAll("details[open]")].map((group) => group.dataset.group));
  place.replaceChildren();
  const groups = new Map();
  for (const lever of levers.filter((lever) => all || lever.main || lever.key in state.set)) {
    if (!groups.has(lever.group)) groups.set(lever.group, []);
    groups.get(lever.group).push(lever);
  }
  let first = open.size === 0;
  for (const [name, members] of groups) {
    const group = element("details", {}, element("summary", {}, name));
    group.dataset.group = name;
    group.open = first || open.has(name);
    first = false;
    group.append(...members.map((lever) => row(lever, state.set[lever.key], moved)));
    place.append(group);
  }
}
