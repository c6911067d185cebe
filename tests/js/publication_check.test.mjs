import assert from "node:assert/strict";
import { test } from "node:test";

import { verdictOn } from "../../presenter_page/js/publication_check.js";
import { readSender } from "../../presenter_page/js/sender_stats.js";
import { outbound, statsReport, VP9 } from "./support/media.mjs";

const CAPTURED = { width: 1920, height: 1080 };

/** @param {object[]} entries @param {object} captured */
const verdict = (entries, captured = CAPTURED) => verdictOn(readSender(statsReport(...entries), 0), captured);

test("one VP9 stream of one layer at the captured size is right", () => {
  assert.deepEqual(verdict([VP9, outbound()]), { fault: null, doubt: null });
});

test("before a few frames with codec and size nothing is judged, and that may pass", () => {
  const early = [
    [VP9, outbound({ framesEncoded: 2 })],
    [outbound()],
    [VP9, outbound({ frameWidth: undefined })],
    [VP9],
    [],
  ];
  for (const entries of early) {
    assert.equal(verdict(entries).fault, null);
    assert.match(verdict(entries).doubt, /does not send the picture/);
  }
  assert.match(verdictOn(null, CAPTURED).doubt, /does not send the picture/);
});

test("more than one stream is a fault", () => {
  assert.match(verdict([VP9, outbound(), outbound({ id: "second" })]).fault, /2 versions/);
});

test("another codec is named", () => {
  const vp8 = { id: "codec-vp8", type: "codec", mimeType: "video/VP8" };
  assert.match(verdict([vp8, outbound({ codecId: vp8.id })]).fault, /sends VP8 instead of VP9/);
});

test("other layers are named", () => {
  assert.match(verdict([VP9, outbound({ scalabilityMode: "L3T3_KEY" })]).fault, /L3T3_KEY layers instead of L1T3/);
  assert.match(verdict([VP9, outbound({ scalabilityMode: undefined })]).fault, /no layers instead of L1T3/);
});

test("a picture smaller than captured may pass, a side rounded to even is right", () => {
  const half = verdict([VP9, outbound({ frameWidth: 960, frameHeight: 540 })]);
  assert.equal(half.fault, null);
  assert.match(half.doubt, /960 × 540 instead of 1920 × 1080/);
  const even = verdict([VP9, outbound({ frameWidth: 1366, frameHeight: 766 })], { width: 1367, height: 767 });
  assert.equal(even.doubt, null);
});

test("a capture that does not tell its size is not held against the picture", () => {
  assert.equal(verdict([VP9, outbound({ frameWidth: 640, frameHeight: 360 })], {}).doubt, null);
});
