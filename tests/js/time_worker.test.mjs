// The presenter's page waits by a worker, because the timers of a hidden page come late.

import assert from "node:assert/strict";
import { test } from "node:test";

import { keepTimeBy, pause } from "../../joining/timing.js";
import "./support/page_globals.mjs";

test("a pause ends when the worker says so", async () => {
  const asked = [];
  const worker = Object.assign(new EventTarget(), { postMessage: (message) => asked.push(message) });
  keepTimeBy(/** @type {any} */ (worker));
  const ended = [];
  const waits = [300, 100].map((ms) => pause(ms).then(() => ended.push(ms)));
  assert.deepEqual(asked.map(({ ms }) => ms), [300, 100]);
  for (const { number } of asked.toReversed()) worker.dispatchEvent(new MessageEvent("message", { data: number }));
  await Promise.all(waits);
  assert.deepEqual(ended, [100, 300]);
});

test("the worker answers each number after its time", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const answered = [];
  globalThis.postMessage = (message) => answered.push(message);
  context.after(() => delete globalThis.postMessage);
  await import("../../presenter_page/js/time_worker.js");
  for (const data of [{ number: 1, ms: 200 }, { number: 2, ms: 100 }]) dispatchEvent(new MessageEvent("message", { data }));
  context.mock.timers.tick(100);
  assert.deepEqual(answered, [2]);
  context.mock.timers.tick(100);
  assert.deepEqual(answered, [2, 1]);
});
