import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { HtmlValidate } from "html-validate";
import { launch, open, out, temporary, uptake, violations } from "./common.mjs";

const folder = temporary();
const validator = new HtmlValidate({ extends: ["html-validate:recommended"] });
let browser;

before(async () => {
  browser = await launch();
  const policies = ["strict-law", "rights-respecting-law"].map((name) => `scenarios/policies/${name}.toml`);
  for (const [command, ...args] of [
    ["compare", "scenarios/cambodia.toml", ...policies, "--members", "20", "--out", join(folder, "comparison")],
    ["run", "scenarios/cambodia.toml", "--members", "20", "--out", join(folder, "run")],
    // The mode alone, which takes seconds where chains take minutes: the folder has the same files.
    ["calibrate", "scenarios/cambodia.toml", "--method", "map", "--keep", "50", "--out", join(folder, "fit")],
    ["forecast", "--panel", "tests/data/panel_excerpt.csv", "--country", "KHM", "--out", join(folder, "forecast")],
  ]) {
    const { code, stderr } = uptake(command, ...args);
    assert.equal(code, 0, stderr);
  }
});
after(() => browser.close());

for (const lang of ["en", "km"]) {
  test(`the report in ${lang} is small, valid, accessible and readable without script`, async () => {
    const file = join(folder, `report-${lang}.html`);
    const { code, stderr } = uptake("report", ...["comparison", "run", "fit", "forecast"].map((name) => join(folder, name)), "--lang", lang, "--layer", "political-expression", "-o", file);
    assert.equal(code, 0, stderr);
    const { size } = statSync(file);
    console.log(`report in ${lang}: ${(size / 1e6).toFixed(2)} MB`);
    assert.ok(size < 3e6, `${size} bytes`);
    const { results } = await validator.validateFile(file);
    assert.deepEqual(results.flatMap((result) => result.messages.map((m) => `${m.line}: ${m.message}`)).slice(0, 5), []);
    for (const [width, colorScheme] of [[1280, "light"], [360, "dark"]]) {
      const page = await open(browser, `file://${file}`, { viewport: { width, height: 900 }, colorScheme });
      await page.screenshot({ path: join(out, `report-${lang}-${width}.png`) });
      assert.deepEqual(await violations(page), []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= width);
      assert.deepEqual(page.asked.filter((url) => !url.startsWith("file://") && !url.startsWith("data:")), []);
      if (width === 1280) await page.pdf({ path: join(out, `report-${lang}.pdf`), preferCSSPageSize: true });
      if (lang === "km") assert.ok(await page.evaluate(() => document.fonts.check("16px 'Noto Sans Khmer'", "ខ្មែរ")), "the Khmer font is there");
      await page.context().close();
    }
    const still = await open(browser, `file://${file}`, { javaScriptEnabled: false });
    await still.locator("details summary").first().click();
    assert.ok(await still.locator("details").first().getAttribute("open") !== null, "tables open without script");
    await still.context().close();
  });
}
