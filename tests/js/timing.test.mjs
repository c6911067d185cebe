import assert from "node:assert/strict";
import { test } from "node:test";

import { pause, pauseOrOnline, retryDelayMs } from "../../joining/timing.js";
import "./support/page_globals.mjs";

const HOUR_MS = 3_600_000;

test("at once after a stay in the room, however long ago the picture was well", () => {
  assert.equal(retryDelayMs(0, 10_001, 0), 0);
  assert.equal(retryDelayMs(HOUR_MS, HOUR_MS, 1), 100);
});

test("a minute of hurry, at most half a second a try", () => {
  assert.equal(retryDelayMs(0, 0, 0), 200);
  assert.equal(retryDelayMs(59_999, 10_000, 1), 500);
});

test("then unhurried, but never longer than four seconds", () => {
  assert.equal(retryDelayMs(60_000, 0, 0), 2400);
  assert.equal(retryDelayMs(24 * HOUR_MS, 3000, 1), 4000);
});

test("a pause lasts as long as it says", async () => {
  const before = performance.now();
  await pause(20);
  assert.ok(performance.now() - before >= 19);
});

test("the network's return ends a long wait", { timeout: 5000 }, async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const waiting = pauseOrOnline(HOUR_MS);
  dispatchEvent(new Event("online"));
  await waiting;
});

test("without a network event the wait ends by itself", async () => {
  await pauseOrOnline(1);
});
