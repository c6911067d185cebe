import assert from "node:assert/strict";
import { test } from "node:test";

import { Beats } from "../../kiosk/page/beats.js";
import { example } from "./support/examples.mjs";

/** @param {unknown} message */
const bytes = (message) => new TextEncoder().encode(JSON.stringify(message));

test("a beat tells how much was encoded", () => {
  const beats = new Beats();
  assert.equal(beats.ageMs(7000), Infinity);
  beats.hear(bytes(example("presenter_beat")), 7000);
  assert.deepEqual([beats.heard, beats.encoded, beats.isPaused, beats.ageMs(7300)], [1, 1520, false, 300]);
});

test("what is no beat is passed over", () => {
  const beats = new Beats();
  for (const said of [null, 7, [], {}, { frames_encoded: "many", paused: false }, { frames_encoded: 1 }]) beats.hear(bytes(said), 0);
  beats.hear(new Uint8Array([0xff, 0x00]), 0);
  assert.equal(beats.heard, 0);
});

test("they are whole once none of twenty was missing, and none is late", () => {
  const beats = new Beats();
  const hear = (/** @type {number} */ sequence) => beats.hear(bytes({ ...example("presenter_beat"), sequence }), 1000 * sequence);
  for (let sequence = 1; sequence <= 19; sequence++) hear(sequence);
  assert.equal(beats.areWhole(19_000), false);
  hear(20);
  assert.deepEqual([beats.areWhole(20_000), beats.areWhole(23_000)], [true, false]);
  hear(22);
  assert.equal(beats.areWhole(22_000), false);
});
