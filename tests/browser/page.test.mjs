import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, open, out, quantile, ready, serve, temporary, uptake, violations } from "./common.mjs";

let server, browser;
/** Milliseconds allowed from a lever's move to the chart, median and 95th percentile. */
const [MEDIAN, LATE] = [100, 200].map((limit) => limit * Number(process.env.UPTAKE_SLOWNESS ?? 1));

before(async () => {
  server = await serve();
  browser = await launch();
});
after(async () => {
  await browser.close();
  assert.equal(await server.end(), 0, "the server ends well");
  server.clean();
});

const told = (page) => page.textContent("#told");
const policy = (page, name) => page.getByRole("checkbox", { name, exact: true });
const slider = (page) => page.getByRole("slider", { name: /^Imitation/ }).first();

test("the first load is small and quick and asks nobody else", async () => {
  const page = await open(browser, server.url);
  const loaded = await page.evaluate(() => performance.getEntriesByType("navigation")[0].loadEventEnd);
  await ready(page);
  const bytes = await page.evaluate(() => performance.getEntries().reduce((sum, entry) => sum + (entry.transferSize ?? 0), 0));
  console.log(`first load: ${(bytes / 1000).toFixed(0)} kB, ${loaded.toFixed(0)} ms`);
  assert.ok(bytes < 300_000, `${bytes} bytes`);
  assert.ok(loaded < 1000 * Number(process.env.UPTAKE_SLOWNESS ?? 1), `${loaded} ms`);
  assert.deepEqual(page.asked.filter((url) => !url.startsWith(server.url)), []);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("curves answer within a tenth of a second of a slider's move", async () => {
  const page = await open(browser, server.url);
  await ready(page);
  const before = await told(page);
  await slider(page).focus();
  await page.evaluate(() => { window.uptakeTimings.length = 0; });
  for (let move = 0; move < 60; move += 1) {
    await page.keyboard.press(move < 40 ? "ArrowRight" : "ArrowLeft");
    await page.waitForFunction((count) => window.uptakeTimings.length > count, move);
  }
  const timings = await page.evaluate(() => window.uptakeTimings);
  const [median, late] = [quantile(timings, 0.5), quantile(timings, 0.95)];
  console.log(`slider to chart: median ${median.toFixed(0)} ms, 95th percentile ${late.toFixed(0)} ms, ${timings.length} moves`);
  assert.notEqual(await told(page), before);
  assert.ok(median <= MEDIAN && late <= LATE, `${median} ms, ${late} ms`);
  await page.context().close();
});

test("once levers rest, the band is made of many draws", async () => {
  const page = await open(browser, server.url);
  await ready(page);
  const legend = () => page.textContent("#legend");
  await slider(page).focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.getElementById("legend").textContent.includes("100 draws"), null, { timeout: 30_000 });
  assert.match(await legend(), /agree with the published statistics/);
  // One step on the slider of a number that was estimated is a small change.
  const points = Number(/([\d.]+) points/.exec(await told(page))?.[1] ?? 0);
  assert.ok(points < 1, await told(page));
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.getElementById("legend").textContent.includes(" 5 draws"));
  await page.waitForFunction(() => document.getElementById("legend").textContent.includes("100 draws"), null, { timeout: 30_000 });
  await page.context().close();
});

test("policies are compared, pinned and shared by link", async () => {
  const page = await open(browser, server.url);
  await ready(page);
  await policy(page, "Rural towers").check();
  await page.waitForFunction(() => document.getElementById("told").textContent.includes("Against the scenario as published: +"));
  await page.click("#pin");
  await page.getByRole("button", { name: "Unpin Rural towers" }).waitFor();
  await policy(page, "Rural towers").uncheck();
  await policy(page, "Cheaper data").check();
  await page.selectOption("#view", "difference");
  await page.selectOption("#unit", "people");
  await page.waitForFunction(() => document.getElementById("legend").textContent.includes("this choice"));
  await page.waitForTimeout(400);
  await page.screenshot({ path: join(out, "compare.png"), fullPage: true });
  const text = await told(page);
  const other = await open(browser, page.url());
  await other.waitForFunction((text) => document.getElementById("told").textContent === text, text);
  await other.getByRole("button", { name: "Unpin Rural towers" }).waitFor();
  assert.equal(await other.inputValue("#view"), "difference");
  assert.ok(await policy(other, "Cheaper data").isChecked());
  assert.deepEqual([...page.complaints, ...other.complaints], []);
  await page.context().close();
  await other.context().close();
});

test("a policy's date can be moved", async () => {
  const page = await open(browser, server.url);
  await ready(page);
  await policy(page, "Rural towers").check();
  await page.waitForFunction(() => document.getElementById("told").textContent.includes("Against"));
  const soon = await told(page);
  await page.locator(".policy", { has: policy(page, "Rural towers") }).locator("summary").click();
  await page.getByLabel("Starts", { exact: true }).fill("2030-01");
  await page.getByLabel("Starts", { exact: true }).blur();
  await page.waitForFunction((soon) => document.getElementById("told").textContent !== soon, soon);
  assert.match(page.url(), /intervention\.rural-towers\.start%3D2030-01/);
  await page.context().close();
});

test("the map plays", async () => {
  const page = await open(browser, server.url);
  await ready(page);
  await page.getByRole("tab", { name: "Provinces" }).click();
  await page.locator(".tile").nth(24).waitFor();
  assert.equal(await page.locator(".tile").count(), 25);
  const year = () => page.inputValue("#year");
  await page.locator("#year").fill("2010");
  const early = await page.locator(".tile", { hasText: "Phnom Penh" }).textContent();
  await page.getByRole("button", { name: "Play" }).click();
  await page.waitForFunction(() => Number(document.getElementById("year").value) >= 2014);
  await page.getByRole("button", { name: "Pause" }).click();
  const stopped = await year();
  await page.waitForTimeout(800);
  assert.equal(await year(), stopped, "it stays where it was stopped");
  assert.notEqual(await page.locator(".tile", { hasText: "Phnom Penh" }).textContent(), early);
  await page.context().close();
});

test("a broken scenario is told line by line, as validate tells it", async () => {
  const page = await open(browser, server.url);
  await ready(page);
  const folder = temporary();
  const broken = 'format = 1\nextends = "cambodia.toml"\ntitel = "Mine"\n\n[[layer]]\nname = "internet"\nimitation = { value = -3, source = "assumed" }\n';
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "mine.toml");
  writeFileSync(file, broken);
  await page.getByRole("button", { name: "Edit or upload" }).click();
  await page.setInputFiles("#upload", file);
  await page.locator("#faults button").first().waitFor();
  const shown = await page.locator("#faults button").allTextContents();
  const beside = join(temporary(), "mine.toml");
  writeFileSync(beside, broken.replace("cambodia.toml", join(process.cwd(), "../../scenarios/cambodia.toml")));
  const verdict = JSON.parse(uptake("validate", beside, "--format", "json").stdout);
  assert.ok(verdict.faults.length >= 2);
  assert.deepEqual(shown, verdict.faults.map((f) => `Line ${f.line}, column ${f.column}: ${f.message}${f.help ? `; ${f.help}` : ""}`));
  assert.equal(await page.locator("#gutter .wrong").count(), new Set(verdict.faults.map((f) => f.line)).size);
  assert.deepEqual(await violations(page), []);
  await page.screenshot({ path: join(out, "editor.png") });
  // A text may not lead out of what is offered.
  await page.fill("#text", 'format = 1\nextends = "/etc/passwd"\n');
  await page.waitForFunction(() => document.getElementById("faults").textContent.includes("not among the files offered"));
  // Put right, it becomes a scenario.
  await page.fill("#text", 'format = 1\nextends = "cambodia.toml"\ntitle = "Slower"\n[[layer]]\nname = "internet"\nimitation = { value = 0.9, source = "assumed" }\n');
  await page.waitForFunction(() => document.getElementById("editor-told").textContent.startsWith("Valid"));
  await page.getByRole("button", { name: "Use this scenario" }).click();
  await page.waitForFunction(() => document.getElementById("scenario").selectedOptions[0]?.textContent.includes("Slower"));
  await ready(page);
  assert.match(page.url(), /s=sent-/);
  await page.context().close();
});

test("a run is watched and called off", async () => {
  const page = await open(browser, server.url);
  await ready(page);
  await page.fill("#members", "2000");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForFunction(() => document.querySelector("#runs progress")?.value > 0, null, { timeout: 30_000 });
  // The page goes on answering meanwhile.
  await policy(page, "Rural towers").check();
  await page.waitForFunction(() => document.getElementById("told").textContent.includes("Against"));
  await page.locator("#runs").getByRole("button", { name: "Cancel" }).click();
  await page.locator("#runs", { hasText: "called off" }).waitFor({ timeout: 20_000 });
  await page.context().close();
});

test("a finished run leaves a report and files", async () => {
  const page = await open(browser, `${server.url}#s=minimal`);
  await ready(page);
  await page.fill("#members", "20");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.locator("#runs li", { hasText: "A country of ten million" }).locator("a", { hasText: "Report" }).first().waitFor({ timeout: 60_000 });
  const [report] = await Promise.all([page.context().waitForEvent("page"), page.locator("#runs a", { hasText: /^Report$/ }).first().click()]);
  await report.waitForLoadState();
  assert.match(await report.title(), /A country of ten million/);
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#runs a", { hasText: /^CSV$/ }).first().click()]);
  assert.equal(download.suggestedFilename(), "results.csv");
  for (const [format, ending] of [["SVG", "svg"], ["PNG", "png"]]) {
    await page.selectOption("#figure", "growth");
    const [figure] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: format, exact: true }).click()]);
    assert.equal(figure.suggestedFilename(), `minimal-growth.${ending}`);
  }
  await page.context().close();
});

test("everything can be done from the keyboard", async () => {
  const page = await open(browser, server.url);
  await ready(page);
  const press = (key) => page.keyboard.press(key);
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim() || document.activeElement.tagName);
  await press("Tab");
  assert.equal(await focused(), "Skip to the chart");
  const seen = new Set();
  let policy = false;
  for (let step = 0; step < 120; step += 1) {
    await press("Tab");
    const id = await page.evaluate(() => {
      const at = document.activeElement;
      const style = getComputedStyle(at);
      return { id: at.id, type: at.type ?? "", label: at.closest("label")?.textContent.trim() ?? "", outlined: style.outlineStyle !== "none", body: at === document.body };
    });
    if (id.body) break;
    assert.ok(id.outlined, `focus is not seen on ${JSON.stringify(id)}`);
    seen.add(id.type === "range" && id.id.startsWith("lever-") ? "a lever" : id.id);
    if (!policy && id.type === "checkbox" && id.label === "Rural towers") {
      await press("Space");
      policy = true;
      await page.waitForFunction(() => document.getElementById("told").textContent.includes("Against"));
    }
  }
  assert.ok(policy, "a policy was chosen by keyboard");
  for (const id of ["scenario", "layer", "view", "unit", "pin", "play", "year", "start-run", "edit", "share", "a lever"]) assert.ok(seen.has(id), `${id} cannot be reached`);
  await page.focus("#tab-residence");
  await press("ArrowRight");
  assert.equal(await focused(), "tab-sex");
  await page.locator("#groups", { hasText: "Women" }).waitFor();
  await page.focus("#edit");
  await press("Enter");
  assert.equal(await focused(), "text");
  await press("Escape");
  assert.equal(await page.locator("#editor").isVisible(), false);
  await page.context().close();
});

for (const width of [1280, 360]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`no accessibility violation and no sideways scrolling at ${width} px, ${colorScheme}`, async () => {
      const page = await open(browser, `${server.url}#s=cambodia&p=rural-towers&tab=region&y=2022`, { viewport: { width, height: 900 }, colorScheme });
      await ready(page);
      await page.locator(".tile").nth(24).waitFor();
      await page.waitForTimeout(300);
      await page.screenshot({ path: join(out, `page-${width}-${colorScheme}.png`), fullPage: true });
      if (width === 1280 && colorScheme === "light") await page.screenshot({ path: join(out, "page.png") });
      assert.deepEqual(await violations(page), []);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} px`);
      await page.context().close();
    });
  }
}
