// A scenario as text, with the server's faults at their lines.

import * as client from "./client.js";

const WAIT = 350;

export class Editor {
  #dialog = document.getElementById("editor");
  #text = document.getElementById("text");
  #gutter = document.getElementById("gutter");
  #told = document.getElementById("editor-told");
  #faults = document.getElementById("faults");
  #base = "";
  #timer = 0;
  #asked = 0;

  /** `offered(summary)` is called when a text was taken on offer. */
  constructor(offered) {
    this.#text.addEventListener("input", () => {
      this.#number([]);
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#check(), WAIT);
    });
    this.#text.addEventListener("scroll", () => {
      this.#gutter.scrollTop = this.#text.scrollTop;
    });
    document.getElementById("upload").addEventListener("change", async (event) => {
      const [file] = event.target.files;
      if (!file) return;
      if (file.size > 512 * 1024) {
        this.#told.textContent = "The file is larger than 512 KiB; is it a scenario?";
        return;
      }
      this.#fill(await file.text());
    });
    document.getElementById("load-own").addEventListener("click", async () => this.#fill(await client.textOf(this.#base)));
    document.getElementById("offer").addEventListener("click", async () => {
      try {
        const summary = await client.offer(this.#base, this.#text.value);
        this.#dialog.close();
        offered(summary);
      } catch (error) {
        this.#told.textContent = error.message;
        this.#list(error.faults ?? []);
      }
    });
  }

  open(base) {
    this.#base = base;
    if (!this.#text.value) this.#fill(`format = 1\nextends = "${base}.toml"\ntitle = "My scenario"\n`);
    this.#dialog.showModal();
    this.#text.focus();
  }

  #fill(text) {
    this.#text.value = text;
    this.#text.scrollTop = 0;
    this.#number([]);
    this.#check();
  }

  async #check() {
    const asked = ++this.#asked;
    try {
      const verdict = await client.check(this.#base, this.#text.value);
      if (asked !== this.#asked) return;
      const count = verdict.faults.length + verdict.more_faults;
      this.#told.textContent = verdict.valid
        ? `Valid: ${verdict.title}. ${verdict.assumed} of ${verdict.parameters.length} numbers are assumed.`
        : `${count} ${count === 1 ? "fault" : "faults"}.`;
      this.#list(verdict.faults);
    } catch (error) {
      if (asked === this.#asked) this.#told.textContent = error.message;
    }
  }

  #list(faults) {
    this.#faults.replaceChildren();
    for (const fault of faults) {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      const place = fault.line ? `Line ${fault.line}, column ${fault.column}: ` : "";
      button.textContent = `${place}${fault.message}${fault.help ? `; ${fault.help}` : ""}`;
      button.addEventListener("click", () => this.#go(fault));
      item.append(button);
      this.#faults.append(item);
    }
    this.#number(faults.map((fault) => fault.line));
  }

  #go(fault) {
    if (!fault.line) return;
    const lines = this.#text.value.split("\n");
    const start = lines.slice(0, fault.line - 1).reduce((sum, line) => sum + line.length + 1, 0);
    this.#text.focus();
    this.#text.setSelectionRange(start + fault.column - 1, start + (lines[fault.line - 1]?.length ?? 0));
    const height = this.#text.scrollHeight / Math.max(lines.length, 1);
    this.#text.scrollTop = Math.max(0, (fault.line - 5) * height);
  }

  #number(wrong) {
    const marked = new Set(wrong);
    const lines = this.#text.value.split("\n").length;
    this.#gutter.replaceChildren();
    for (let line = 1; line <= lines; line += 1) {
      if (marked.has(line)) {
        const mark = document.createElement("span");
        mark.className = "wrong";
        mark.textContent = `▸${line}`;
        this.#gutter.append(mark, "\n");
      } else {
        this.#gutter.append(`${line}\n`);
      }
    }
    this.#gutter.scrollTop = this.#text.scrollTop;
  }
}
