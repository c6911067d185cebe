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

/** Readings of an encoder. @param {number} encodedFps @param {number} captureFps @param {number} seconds */
function readings(encodedFps, captureFps, seconds) {
  return Array.from({ length: seconds }, (_, second) => {
    const encoded = outbound({ framesEncoded: encodedFps * second });
    return readSender(statsReport(VP9, encoded, { ...CAPTURE, framesPerSecond: captureFps }), 1000 * second);
  });
}

test("an encoder that gives five of eleven frames breaks the floor, and that rate is not tried again", () => {
  const watch = new FloorWatch();
  watch.changed(0);
  const broken = readings(5, 11, 12).map((reading) => watch.isBroken(reading));
  assert.equal(broken.indexOf(true), 7, "three seconds to settle, one to compare, three to be sure");
  assert.equal(new FloorWatch(11).allowed(11), 12);
  assert.equal(new FloorWatch(11).allowed(13), 13);
});

test("an encoder that keeps the floor breaks nothing", () => {
  const watch = new FloorWatch();
  watch.changed(0);
  assert.ok(readings(10.5, 11, 60).every((reading) => !watch.isBroken(reading)));
});

test("a screen that gives few frames is no broken floor", () => {
  const watch = new FloorWatch();
  watch.changed(0);
  assert.ok(readings(1, 1, 60).every((reading) => !watch.isBroken(reading)));
});

test("a rate that breaks the floor is taken back", async (context) => {
  context.mock.method(console, "warn", () => {});
  const { asked, capture, sender } = published();
  const limits = new SenderLimits();
  await limits.attach(sender, capture);
  await limits.obey(LOW);
  const later = performance.now() + 1;
  for (const reading of readings(5, 11, 12)) limits.look({ ...reading, atMs: reading.atMs + later });
  await limits.obey(LOW);
  assert.deepEqual(asked.constraints.map(({ frameRate }) => frameRate.max), [11, 12]);
  assert.equal(limits.applied?.max_frames_per_second, 12);
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
