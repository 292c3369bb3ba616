// Copies what the program embeds from the packages of the lock file: run `npm ci && npm run vendor` after changing a version.

import { copyFileSync } from "node:fs";

const from = (path) => new URL(`node_modules/${path}`, import.meta.url);
const to = (path) => new URL(`../../src/${path}`, import.meta.url);

for (const name of ["uPlot.iife.min.js", "uPlot.min.css"]) copyFileSync(from(`uplot/dist/${name}`), to(`serve/page/vendor/${name}`));
copyFileSync(from("uplot/LICENSE"), to("serve/page/vendor/LICENSE"));
for (const weight of [400, 700]) {
  const name = `noto-sans-khmer-khmer-${weight}-normal.woff2`;
  copyFileSync(from(`@fontsource/noto-sans-khmer/files/${name}`), to(`report/fonts/${name}`));
}
copyFileSync(from("@fontsource/noto-sans-khmer/LICENSE"), to("report/fonts/LICENSE"));
