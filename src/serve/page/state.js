// What a visitor has chosen, and its place in the address: everything that changes the picture can be shared by link.

export const TABS = ["residence", "sex", "age", "region"];
/** Pins shown at once; each has a colour of its own. */
export const MOST_PINS = 4;

export function fresh(scenario = "") {
  return { scenario, policies: [], set: {}, layer: "", view: "level", unit: "share", tab: "residence", year: 0, pins: [] };
}

/** The choice that the server is asked about. */
export function choiceOf(state) {
  return { policies: state.policies, set: state.set };
}

export function write(state) {
  const query = new URLSearchParams();
  query.set("s", state.scenario);
  if (state.policies.length) query.set("p", state.policies.join(","));
  for (const [key, value] of Object.entries(state.set)) query.append("v", `${key}=${value}`);
  if (state.layer) query.set("l", state.layer);
  if (state.view !== "level") query.set("view", state.view);
  if (state.unit !== "share") query.set("unit", state.unit);
  if (state.tab !== "residence") query.set("tab", state.tab);
  if (state.year) query.set("y", String(state.year));
  for (const pin of state.pins) query.append("pin", JSON.stringify(pin));
  return `#${query}`;
}

export function read(hash) {
  const query = new URLSearchParams(hash.replace(/^#/, ""));
  const state = fresh(query.get("s") ?? "");
  state.policies = (query.get("p") ?? "").split(",").filter(Boolean);
  for (const text of query.getAll("v")) {
    const at = text.lastIndexOf("=");
    if (at > 0) state.set[text.slice(0, at)] = asValue(text.slice(at + 1));
  }
  state.layer = query.get("l") ?? "";
  if (query.get("view") === "difference") state.view = "difference";
  if (query.get("unit") === "people") state.unit = "people";
  if (TABS.includes(query.get("tab"))) state.tab = query.get("tab");
  state.year = Number.parseInt(query.get("y") ?? "0", 10) || 0;
  for (const text of query.getAll("pin").slice(0, MOST_PINS)) {
    const pin = asPin(text);
    if (pin) state.pins.push(pin);
  }
  return state;
}

function asValue(text) {
  return /^\d{4}-\d{2}$/.test(text) ? text : Number(text);
}

function asPin(text) {
  try {
    const pin = JSON.parse(text);
    const whole = Array.isArray(pin.policies) && typeof pin.set === "object" && pin.set !== null && typeof pin.label === "string";
    return whole ? { label: pin.label, policies: pin.policies.map(String), set: pin.set } : null;
  } catch {
    return null;
  }
}
