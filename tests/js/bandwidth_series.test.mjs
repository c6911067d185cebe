// The numbers of the bandwidth plots.

import assert from "node:assert/strict";
import { test } from "node:test";

import { areaPath, bitsPerSecond, hasTraffic, roundedUp, slots } from "../../controller/web/static/js/dashboard/bandwidth_series.js";

const HISTORY = { begins: "2026-11-24T09:00:00Z", received_bytes: [1, 2, 3, 4, 5], sent_bytes: [10, 20, 30, 40, 50], days: [] };

test("minutes come together, the last ones too", () => {
  assert.deepEqual(slots(HISTORY, 2), [
    { begins: new Date("2026-11-24T09:00:00Z"), received_bytes: 3, sent_bytes: 30 },
    { begins: new Date("2026-11-24T09:02:00Z"), received_bytes: 7, sent_bytes: 70 },
    { begins: new Date("2026-11-24T09:04:00Z"), received_bytes: 5, sent_bytes: 50 },
  ]);
});

test("a history without a byte has nothing to draw", () => {
  assert.equal(hasTraffic({ ...HISTORY, received_bytes: [0, 0], sent_bytes: [0, 0] }), false);
  assert.equal(hasTraffic({ ...HISTORY, received_bytes: [0, 1], sent_bytes: [0, 0] }), true);
});

test("a rate is bits of a second", () => {
  assert.equal(bitsPerSecond(75_000_000, 5), 2_000_000);
});

test("a scale ends at a round figure", () => {
  assert.deepEqual([0, 1, 1.2, 3, 7, 49, 4.2e6].map(roundedUp), [1, 1, 2, 5, 10, 50, 5e6]);
});

test("an area has a step for each value and never leaves the plot", () => {
  assert.equal(areaPath([0, 5, 20], 10, 30, 100), "M0 100V100H10V50H20V0H30V100Z");
  assert.equal(areaPath([], 10, 30, 100), "M0 100V100Z");
});
