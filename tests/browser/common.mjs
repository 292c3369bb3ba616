// A server of the built program and a browser, for every test file.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const out = fileURLToPath(new URL("out/", import.meta.url));
mkdirSync(out, { recursive: true });

const AXE = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

/** The program: UPTAKE_BIN, or the release build. */
export const program = process.env.UPTAKE_BIN ?? join(root, "target/release/uptake");
if (!existsSync(program)) throw new Error(`there is no ${program}: cargo build --release, or set UPTAKE_BIN`);

export function uptake(...args) {
  const run = spawnSync(program, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  return { code: run.status, stdout: run.stdout, stderr: run.stderr };
}

export const temporary = () => mkdtempSync(join(tmpdir(), "uptake-browser-"));

/** A server on a free port; `end` sends SIGTERM and gives the exit code. */
export async function serve(store = temporary(), ...more) {
  const child = spawn(program, ["serve", "--listen", "127.0.0.1:0", "--store", store, ...more], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (data) => { said += data; });
  const url = await new Promise((found, failed) => {
    child.stdout.on("data", (data) => found(String(data).trim()));
    child.on("exit", (code) => failed(new Error(`the server ended with ${code}: ${said}`)));
  });
  const ended = new Promise((done) => child.on("exit", (code) => done(code)));
  return {
    url, store, pid: child.pid,
    end: (signal = "SIGTERM") => { child.kill(signal); return ended; },
    clean: () => rmSync(store, { recursive: true, force: true }),
  };
}

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });

/** A page of its own context that remembers what it asked for and complained of. */
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.asked = [];
  page.complaints = [];
  page.on("request", (request) => page.asked.push(request.url()));
  page.on("console", (message) => { if (message.type() === "error") page.complaints.push(message.text()); });
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  await page.goto(url);
  return page;
}

/** Waits until the page has told its first answer. */
export const ready = (page) => page.waitForFunction(() => document.getElementById("told")?.textContent.includes("users in"), null, { timeout: 20_000 });

/** Accessibility violations, each in a line. */
export async function violations(page) {
  // Evaluated rather than added as a script, which the page's own policy would refuse.
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => (await window.axe.run()).violations);
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html.slice(0, 160)} (${node.failureSummary.replaceAll("\n", " ").slice(0, 200)})`).join("; ")}`);
}

export function quantile(values, level) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(level * sorted.length))];
}
