// Full runs in the background: list, progress, calling off, downloads.

import * as client from "./client.js";

const FINAL = ["done", "failed", "cancelled", "interrupted"];
const WORDS = { queued: "waits", running: "runs", done: "done", failed: "failed", cancelled: "called off", interrupted: "interrupted: the server ended first" };

function link(text, href, saves) {
  const made = document.createElement("a");
  made.textContent = text;
  made.href = href;
  if (saves) made.download = "";
  else made.target = "_blank";
  return made;
}

export class Runs {
  #list;
  #told;
  #open = null;
  #streams = new Map();
  #items = new Map();

  /** `open(choice, scenario)` shows what a run was made of. */
  constructor(list, told, open) {
    this.#list = list;
    this.#told = told;
    this.#open = open;
  }

  async load() {
    for (const record of (await client.runs()).reverse()) this.#show(record);
  }

  async start(request) {
    try {
      const record = await client.startRun(request);
      this.#show(record);
      this.#told.textContent = `“${record.title}” ${WORDS[record.state]}.`;
    } catch (error) {
      this.#told.textContent = error.message;
    }
  }

  #show(record) {
    let item = this.#items.get(record.id);
    if (!item) {
      item = document.createElement("li");
      this.#items.set(record.id, item);
      this.#list.prepend(item);
    }
    const focused = item.contains(document.activeElement) ? document.activeElement.textContent : null;
    this.#fill(item, record);
    if (focused) [...item.querySelectorAll("button, a")].find((e) => e.textContent === focused)?.focus();
    if (!FINAL.includes(record.state)) this.#follow(record.id);
  }

  #fill(item, record) {
    const title = document.createElement("div");
    const what = record.kind === "compare" ? "comparison" : "run";
    title.textContent = `${record.title}: ${what}, ${record.engine}, ${record.members} members, seed ${record.seed} – ${WORDS[record.state]}`;
    const links = document.createElement("div");
    links.className = "links";
    item.replaceChildren(title);
    if (record.state === "running" || record.state === "queued") {
      const bar = document.createElement("progress");
      bar.max = Math.max(record.all, 1);
      bar.value = record.done;
      bar.setAttribute("aria-label", `Progress of ${record.title}`);
      item.append(bar);
    }
    if (record.message && record.state === "failed") {
      const message = document.createElement("div");
      message.className = "problem";
      message.textContent = record.message;
      item.append(message);
    }
    if (record.state === "done") {
      const base = `/api/v1/runs/${record.id}`;
      const file = (name) => `${base}/file?name=${encodeURIComponent(name)}`;
      const [table, summary] = record.kind === "compare" ? ["comparison.csv", "comparison.json"] : ["results.csv", "summary.json"];
      links.append(
        link("Report", `${base}/report?lang=en`), link("Report in Khmer", `${base}/report?lang=km`),
        link("CSV", file(table), true), link("JSON", file(summary), true), link("Record", file("manifest.json"), true),
      );
    }
    links.append(
      this.#button("Show", () => this.#open(record)),
      this.#button(FINAL.includes(record.state) ? "Remove" : "Cancel", () => this.#remove(record)),
    );
    item.append(links);
  }

  #button(text, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }

  async #remove(record) {
    try {
      await client.removeRun(record.id);
      if (FINAL.includes(record.state)) {
        this.#items.get(record.id)?.remove();
        this.#items.delete(record.id);
        this.#told.textContent = `“${record.title}” is removed.`;
      }
    } catch (error) {
      this.#told.textContent = error.message;
    }
  }

  #follow(id) {
    if (this.#streams.has(id)) return;
    const stream = new EventSource(`/api/v1/runs/${id}/events`);
    this.#streams.set(id, stream);
    stream.addEventListener("run", (event) => {
      const record = JSON.parse(event.data);
      if (FINAL.includes(record.state)) {
        stream.close();
        this.#streams.delete(id);
        this.#told.textContent = `“${record.title}”: ${WORDS[record.state]}.`;
      }
      this.#show(record);
    });
  }
}
