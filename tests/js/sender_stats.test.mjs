import assert from "node:assert/strict";
import { test } from "node:test";

import { readSender, senderReport, startOfNext } from "../../presenter_page/js/sender_stats.js";
import { CAPTURE, outbound, statsReport, TOLD, UPLINK, VP9 } from "./support/media.mjs";

/** @param {number} atMs @param {object} [changes] */
const readingAt = (atMs, changes) => readSender(statsReport(VP9, outbound(changes)), atMs);

test("a reading holds what the one video stream says", () => {
  const audio = { id: "sound", type: "outbound-rtp", kind: "audio", bytesSent: 9 };
  const idle = outbound({ id: "idle", active: false });
  assert.deepEqual(readSender(statsReport(VP9, audio, outbound(), idle, UPLINK, TOLD, CAPTURE), 7), {
    atMs: 7,
    streams: 1,
    codec: "video/VP9",
    scalabilityMode: "L1T3",
    width: 1920,
    height: 1080,
    captureFps: 15,
    framesEncoded: 30,
    bytesSent: 500_000,
    qualityLimitation: "none",
    targetBps: 4_000_000,
    availableBps: 6_200_000,
    encodeSeconds: 0.2,
    roundTripMs: 18,
    uplinkLostPercent: 0.5,
    keyFrames: 3,
    plis: 2,
  });
});

test("statistics without a stream are a reading of nothing", () => {
  const nothing = readSender(statsReport(), 0);
  assert.equal(nothing.streams, 0);
  assert.equal(nothing.codec, "");
  assert.equal(nothing.framesEncoded, 0);
});

test("rates are per second between two readings", () => {
  const report = senderReport(readingAt(0), readingAt(2000, { framesEncoded: 60, bytesSent: 1_500_000 }), "1.13.5");
  assert.equal(report.frames_per_second, 15);
  assert.equal(report.sent_bps, 4_000_000);
  assert.equal(report.frames_encoded, 60);
  assert.equal(report.sfu_version, "1.13.5");
});

test("encoding is told as a mean of the frames since the reading before", () => {
  const report = senderReport(readingAt(0), readingAt(1000, { framesEncoded: 45, totalEncodeTime: 0.3 }), null);
  assert.equal(report.encode_ms, 6.7);
  assert.equal(senderReport(readingAt(0), readingAt(1000), null).encode_ms, null);
});

test("what the browser does not say is told as unknown", () => {
  const { target_bps, available_bps, round_trip_ms, uplink_lost_percent } = senderReport(null, readSender(statsReport(), 0), null);
  assert.deepEqual([target_bps, available_bps, round_trip_ms, uplink_lost_percent], [null, null, null, null]);
});

test("the first reading, and one after a new publication, tell no rates", () => {
  assert.equal(senderReport(null, readingAt(0), null).sent_bps, 0);
  const afterNew = senderReport(readingAt(0), readingAt(1000, { framesEncoded: 2, bytesSent: 900 }), null);
  assert.equal(afterNew.frames_per_second, 0);
  assert.equal(afterNew.sent_bps, 0);
});

test("a key frame between two readings out of turn is not taken for a gigabit", () => {
  const report = senderReport(readingAt(0), readingAt(2, { framesEncoded: 31, bytesSent: 900_000 }), null);
  assert.equal(report.frames_per_second, 0);
  assert.equal(report.sent_bps, 0);
});

test("a reading out of turn does not shorten the second after it", () => {
  const [first, tooSoon, second] = [readingAt(0), readingAt(3), readingAt(1000)];
  assert.equal(startOfNext(null, first), first);
  assert.equal(startOfNext(first, tooSoon), first);
  assert.equal(startOfNext(first, second), second);
});
