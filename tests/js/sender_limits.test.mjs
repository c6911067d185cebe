import assert from "node:assert/strict";
import { test } from "node:test";

import { FloorWatch, SenderLimits } from "../../presenter_page/js/sender_limits.js";
import { readSender } from "../../presenter_page/js/sender_stats.js";
import { CAPTURE, outbound, statsReport, VP9 } from "./support/media.mjs";

/** A capture and a sender that remember what was asked of them. @param {number} [refusals] of the first settings */
function published(refusals = 0) {
  const asked = { constraints: /** @type {any[]} */ ([]), bps: /** @type {number[]} */ ([]) };
  const capture = /** @type {any} */ ({ applyConstraints: async (/** @type {any} */ wanted) => void asked.constraints.push(wanted) });
  const sender = /** @type {any} */ ({
    getParameters: () => ({ encodings: [{ maxBitrate: 4_000_000, maxFramerate: 15, scalabilityMode: "L1T3" }] }),
    setParameters: async ({ encodings }) => {
      if (refusals-- > 0) throw new DOMException("overtaken", "InvalidStateError");
      assert.equal(encodings[0].maxFramerate, 15, "the encoder's own cap on frames stays");
      assert.equal(encodings[0].scalabilityMode, "L1T3");
      asked.bps.push(encodings[0].maxBitrate);
    },
  });
  return { asked, capture, sender };
}

const LOW = { max_bitrate_bps: 3_750_000, max_frames_per_second: 11 };

test("the bit rate is the encoder's cap and the frame rate the capture's", async () => {
  const { asked, capture, sender } = published();
  const limits = new SenderLimits();
  await limits.attach(sender, capture);
  assert.equal(limits.applied, null);
  await limits.obey(LOW);
  assert.deepEqual(asked.bps, [3_750_000]);
  assert.deepEqual(asked.constraints.map(({ frameRate, width }) => [frameRate.max, width.max]), [[11, 1920]]);
  assert.deepEqual(limits.applied, LOW);
});

test("the same limits again ask nothing, and a change of one leaves the other alone", async () => {
  const { asked, capture, sender } = published();
  const limits = new SenderLimits();
  await limits.attach(sender, capture);
  await limits.obey(LOW);
  await limits.obey({ ...LOW });
  await limits.obey({ ...LOW, max_bitrate_bps: 4_000_000 });
  assert.deepEqual(asked.bps, [3_750_000, 4_000_000]);
  assert.equal(asked.constraints.length, 1);
  await limits.obey({ max_bitrate_bps: 4_000_000, max_frames_per_second: 13 });
  assert.deepEqual([asked.bps.length, asked.constraints.length], [2, 2]);
});

test("another publication is put under the limits again", async () => {
  const [first, second] = [published(), published()];
  const limits = new SenderLimits();
  await limits.attach(first.sender, first.capture);
  await limits.obey(LOW);
  await limits.attach(second.sender, second.capture);
  assert.deepEqual(second.asked.bps, [3_750_000]);
});

test("limits that come before the publication wait for it", async () => {
  const { asked, capture, sender } = published();
  const limits = new SenderLimits();
  await limits.obey(LOW);
  await limits.attach(sender, capture);
  assert.deepEqual(asked.bps, [3_750_000]);
});

test("a setting that the SDK overtook is tried once more", async () => {
  const { asked, capture, sender } = published(1);
  const limits = new SenderLimits();
  await limits.attach(sender, capture);
  await limits.obey(LOW);
  assert.deepEqual(asked.bps, [3_750_000]);
  assert.deepEqual(limits.applied, LOW);
});

test("a setting that fails is not told as applied", async (context) => {
  context.mock.method(console, "warn", () => {});
  const { capture, sender } = published(2);
  const limits = new SenderLimits();
  await limits.attach(sender, capture);
  await limits.obey(LOW);
  assert.equal(limits.applied, null);
});

/** Readings of an encoder. @param {number} encodedFps @param {number} captureFps @param {number} seconds @param {object} [changes] */
function readings(encodedFps, captureFps, seconds, changes) {
  return Array.from({ length: seconds }, (_, second) => {
    const encoded = outbound({ framesEncoded: encodedFps * second, bytesSent: 40_000 * encodedFps * second, ...changes });
    return readSender(statsReport(VP9, encoded, { ...CAPTURE, framesPerSecond: captureFps }), 1000 * second);
  });
}

/** What a watch says of readings. @param {Parameters<typeof readings>} told @param {import("../../presenter_page/js/sender_stats.js").Limits} limits */
function watched(limits, ...told) {
  const watch = new FloorWatch();
  watch.changed(0);
  return readings(...told).map((reading) => watch.look(reading, limits));
}

test("five frames of eleven break the floor, and what so many need is not fallen short of again", () => {
  const needed = watched(LOW, 5, 11, 12);
  assert.equal(needed.findIndex(Boolean), 7, "three seconds to settle, one to compare, three to be sure");
  assert.deepEqual(needed[7], { max_bitrate_bps: 4_000_000, max_frames_per_second: 12 });
  const least = { max_bitrate_bps: 2_000_000, max_frames_per_second: 12 };
  assert.deepEqual(new FloorWatch(least).allowed({ max_bitrate_bps: 1_000_000, max_frames_per_second: 13 }), {
    max_bitrate_bps: 2_000_000,
    max_frames_per_second: 13,
  });
});

test("a bit rate that starves the frames is raised to what the floor needs", () => {
  const needed = watched({ max_bitrate_bps: 1_000_000, max_frames_per_second: 8 }, 3, 8, 12);
  assert.deepEqual(needed[7], { max_bitrate_bps: 320_000 * 7, max_frames_per_second: 9 });
});

test("an encoder that keeps the floor breaks nothing", () => {
  assert.deepEqual(watched(LOW, 10.5, 11, 60).filter(Boolean), []);
  assert.deepEqual(watched({ max_bitrate_bps: 1_000_000, max_frames_per_second: 8 }, 7.5, 8, 60).filter(Boolean), []);
});

test("a screen that gives few frames is no broken floor, and neither is a slow computer", () => {
  assert.deepEqual(watched(LOW, 1, 1, 60).filter(Boolean), []);
  assert.deepEqual(watched(LOW, 5, 11, 60, { qualityLimitationReason: "cpu" }).filter(Boolean), []);
});

test("limits that break the floor are taken back, both of them, and told as applied", async (context) => {
  context.mock.method(console, "warn", () => {});
  const { asked, capture, sender } = published();
  const limits = new SenderLimits();
  await limits.attach(sender, capture);
  const low = { max_bitrate_bps: 1_000_000, max_frames_per_second: 8 };
  await limits.obey(low);
  const later = performance.now() + 1;
  for (const reading of readings(3, 8, 12)) limits.look({ ...reading, atMs: reading.atMs + later });
  await limits.obey(low);
  assert.deepEqual(asked.constraints.map(({ frameRate }) => frameRate.max), [8, 9]);
  assert.deepEqual(asked.bps, [1_000_000, 2_240_000]);
  assert.deepEqual(limits.applied, { max_bitrate_bps: 2_240_000, max_frames_per_second: 9 });
});

test("the ceiling is never raised, however slow the computer is", async () => {
  const { asked, capture, sender } = published();
  const limits = new SenderLimits();
  await limits.attach(sender, capture);
  const ceiling = { max_bitrate_bps: 4_000_000, max_frames_per_second: 15 };
  await limits.obey(ceiling);
  const later = performance.now() + 1;
  for (const reading of readings(7, 15, 60)) limits.look({ ...reading, atMs: reading.atMs + later });
  await limits.obey(ceiling);
  assert.deepEqual(asked.constraints.map(({ frameRate }) => frameRate.max), [15]);
  assert.deepEqual(limits.applied, ceiling);
});
