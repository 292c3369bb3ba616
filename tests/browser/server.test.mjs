import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { serve, temporary } from "./common.mjs";

const asJson = (body) => ({ method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

async function settled(url, id) {
  for (let look = 0; look < 300; look += 1) {
    const record = await (await fetch(`${url}api/v1/runs/${id}`)).json();
    if (!["queued", "running"].includes(record.state)) return record;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("the run does not end");
}

test("a server that is told to end saves its runs, and the next one finds them", async () => {
  const store = temporary();
  const first = await serve(store);
  const start = async (url, members) => (await fetch(`${url}api/v1/runs`, asJson({ scenario: "minimal", members }))).json();
  const done = await start(first.url, 5);
  assert.equal((await settled(first.url, done.id)).state, "done");
  const slow = await (await fetch(`${first.url}api/v1/runs`, asJson({ scenario: "cambodia", members: 2000 }))).json();
  const waits = await start(first.url, 5);
  assert.equal(await first.end(), 0);
  const second = await serve(store);
  const states = Object.fromEntries((await (await fetch(`${second.url}api/v1/runs`)).json()).map((record) => [record.id, record.state]));
  assert.equal(states[done.id], "done");
  assert.equal(states[waits.id], "interrupted");
  assert.ok(["interrupted", "done"].includes(states[slow.id]), states[slow.id]);
  const summary = await (await fetch(`${second.url}api/v1/runs/${done.id}/file?name=summary.json`)).json();
  assert.equal(summary.members, 5);
  assert.deepEqual(readdirSync(`${store}/runs`).filter((name) => name.startsWith(".")), [], "nothing half-written");
  assert.equal(await second.end(), 0);
});

test("two servers share a store, and one that is killed leaves it whole", async () => {
  const store = temporary();
  const [one, two] = [await serve(store), await serve(store)];
  const asked = await Promise.all([one, two, one, two, one, two].map(async ({ url }, seed) => (await (await fetch(`${url}api/v1/runs`, asJson({ scenario: "minimal", members: 3, seed }))).json()).id));
  assert.equal(new Set(asked).size, 6);
  for (const id of asked) assert.equal((await settled(two.url, id)).state, "done");
  const slow = await (await fetch(`${one.url}api/v1/runs`, asJson({ scenario: "cambodia", members: 2000 }))).json();
  await one.end("SIGKILL");
  assert.equal((await settled(two.url, slow.id)).state, "interrupted");
  assert.equal((await fetch(`${two.url}api/v1/runs/${slow.id}`, { method: "DELETE" })).status, 200);
  assert.equal((await (await fetch(`${two.url}api/v1/runs`)).json()).length, 6);
  assert.equal(await two.end(), 0);
});
