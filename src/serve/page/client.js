// Talking to the server.

/** A request that the server refused, with what it said. */
export class Refused extends Error {
  constructor(problem, status) {
    super([problem.error, problem.advice].filter(Boolean).join("; "));
    this.faults = problem.faults ?? [];
    this.status = status;
  }
}

async function ask(path, options = {}) {
  const response = await fetch(`/api/v1${path}`, options);
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({ error: `the server answered ${response.status}` }));
  throw new Refused(problem, response.status);
}

const asJson = (body, signal) => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
  signal,
});
const asText = (text) => ({ method: "POST", headers: { "content-type": "text/plain" }, body: text });
const path = (scenario) => `/scenarios/${encodeURIComponent(scenario)}`;

export const scenarios = async () => (await ask("/scenarios")).json();
export const scenario = async (id) => (await ask(path(id))).json();
export const textOf = async (id) => (await ask(`${path(id)}/text`)).text();
export const check = async (id, text) => (await ask(`${path(id)}/check`, asText(text))).json();
export const offer = async (id, text) => (await ask(`${path(id)}/texts`, asText(text))).json();
/** An answer of a few draws, at once; or of many, when nobody is in a hurry. */
export const live = async (id, choice, layer, breakdown, { draws = "few", signal } = {}) =>
  (await ask(`${path(id)}/live`, asJson({ choice, layer, breakdown, draws }, signal))).json();
export const runs = async () => (await ask("/runs")).json();
export const startRun = async (request) => (await ask("/runs", asJson(request))).json();
export const removeRun = async (id) => (await ask(`/runs/${id}`, { method: "DELETE" })).json();
export const filesOf = async (id) => (await ask(`/runs/${id}/files`)).json();

/** Saves what the server sends under the name it gives. */
export async function save(where, body) {
  const response = await ask(where, asJson(body));
  const name = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? "download";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export const figure = (id, choice, name, format) => save(`${path(id)}/figures`, { choice, figure: name, format });
export const resolved = (id, choice) => save(`${path(id)}/resolved`, choice);

/**
 * One question at a time, always the newest: what is asked while an answer is awaited replaces what was asked before, and an answer that
 * is no longer wanted (another scenario) is dropped.
 */
export class Newest {
  #busy = false;
  #next = null;
  #controller = null;

  ask(question, told, failed) {
    this.#next = { question, told, failed };
    if (!this.#busy) this.#go();
  }

  drop() {
    this.#next = null;
    this.#controller?.abort();
  }

  async #go() {
    this.#busy = true;
    while (this.#next) {
      const { question, told, failed } = this.#next;
      this.#next = null;
      this.#controller = new AbortController();
      try {
        told(await question(this.#controller.signal));
      } catch (error) {
        if (error.name !== "AbortError") failed(error);
      }
    }
    this.#busy = false;
  }
}
