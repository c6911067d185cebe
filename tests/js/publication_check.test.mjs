import assert from "node:assert/strict";
import { test } from "node:test";

import { canBeJudged, faultOf } from "../../presenter_page/js/publication_check.js";
import { readSender } from "../../presenter_page/js/sender_stats.js";
import { outbound, statsReport, VP9 } from "./support/media.mjs";

const CAPTURED = { width: 1920, height: 1080 };

/** @param {...object} entries */
const reading = (...entries) => readSender(statsReport(...entries), 0);

test("one VP9 stream of one layer at the captured size is right", () => {
  assert.equal(faultOf(reading(VP9, outbound()), CAPTURED), null);
});

test("nothing is judged before a few frames with codec and size", () => {
  assert.equal(canBeJudged(reading(VP9, outbound())), true);
  assert.equal(canBeJudged(reading(VP9, outbound({ framesEncoded: 2 }))), false);
  assert.equal(canBeJudged(reading(outbound())), false);
  assert.equal(canBeJudged(reading(VP9, outbound({ frameWidth: undefined }))), false);
  assert.equal(canBeJudged(reading()), false);
});

test("no stream, or more than one, is a fault", () => {
  assert.match(faultOf(reading(VP9), CAPTURED), /Nothing is being sent/);
  assert.match(faultOf(reading(VP9, outbound(), outbound({ id: "second" })), CAPTURED), /2 versions/);
});

test("another codec is named", () => {
  const vp8 = { id: "codec-vp8", type: "codec", mimeType: "video/VP8" };
  assert.match(faultOf(reading(vp8, outbound({ codecId: vp8.id })), CAPTURED), /sends VP8 instead of VP9/);
});

test("other layers are named", () => {
  assert.match(faultOf(reading(VP9, outbound({ scalabilityMode: "L3T3_KEY" })), CAPTURED), /L3T3_KEY layers instead of L1T3/);
  assert.match(faultOf(reading(VP9, outbound({ scalabilityMode: undefined })), CAPTURED), /no layers instead of L1T3/);
});

test("a picture smaller than captured is a fault, a side rounded to even is not", () => {
  const half = reading(VP9, outbound({ frameWidth: 960, frameHeight: 540 }));
  assert.match(faultOf(half, CAPTURED), /960 × 540 instead of 1920 × 1080/);
  assert.equal(faultOf(reading(VP9, outbound({ frameWidth: 1366, frameHeight: 766 })), { width: 1367, height: 767 }), null);
});

test("a capture that does not tell its size is not held against the picture", () => {
  assert.equal(faultOf(reading(VP9, outbound({ frameWidth: 640, frameHeight: 360 })), {}), null);
});
