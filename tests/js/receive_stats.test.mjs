import assert from "node:assert/strict";
import { test } from "node:test";

import { ratesBetween, readReceiver, startOfNext } from "../../kiosk/page/receive_stats.js";
import { statsReport } from "./support/media.mjs";

const START = { atMs: 0, bytes: 1000, presented: 10 };

test("rates are per second between two readings", () => {
  const rates = ratesBetween(START, { atMs: 2000, bytes: 1_001_000, presented: 40 });
  assert.deepEqual(rates, { frames_per_second: 15, received_bps: 4_000_000 });
});

test("a still picture has no rate, which is no fault", () => {
  assert.deepEqual(ratesBetween(START, { ...START, atMs: 1000 }), { frames_per_second: 0, received_bps: 0 });
});

test("the first reading, and one of another track, tell no rates", () => {
  const nothing = { frames_per_second: 0, received_bps: 0 };
  assert.deepEqual(ratesBetween(null, START), nothing);
  assert.deepEqual(ratesBetween(START, { atMs: 1000, bytes: 10, presented: 12 }), nothing);
  assert.deepEqual(ratesBetween(START, { atMs: 1000, bytes: 2000, presented: 1 }), nothing);
});

test("a key frame between two reports out of turn is not taken for a gigabit", () => {
  assert.deepEqual(ratesBetween(START, { atMs: 2, bytes: 400_000, presented: 11 }), { frames_per_second: 0, received_bps: 0 });
});

test("a report out of turn does not shorten the second after it", () => {
  const tooSoon = { ...START, atMs: 3 };
  const second = { ...START, atMs: 1000 };
  assert.equal(startOfNext(null, START), START);
  assert.equal(startOfNext(START, tooSoon), START);
  assert.equal(startOfNext(START, second), second);
});

test("what is read of a receiver is the video's, and all that came over its connection", () => {
  const sound = { id: "sound", type: "inbound-rtp", kind: "audio", bytesReceived: 5 };
  const video = { type: "inbound-rtp", kind: "video", bytesReceived: 77, packetsReceived: 41, packetsLost: 3, framesReceived: 20, framesDecoded: 19 };
  const transport = { id: "transport", type: "transport", bytesReceived: 978 };
  const pairs = [
    { id: "first", type: "candidate-pair", requestsReceived: 3, responsesReceived: 4 },
    { id: "second", type: "candidate-pair", responsesReceived: 1 },
  ];
  const read = { bytes: 77, arrived: 978, checks: 8, packets: 41, lost: 3, received: 20, decoded: 19 };
  assert.deepEqual(readReceiver(statsReport(sound, video, transport, ...pairs)), read);
  const nothing = { bytes: 0, arrived: 0, checks: 0, packets: 0, lost: 0, received: 0, decoded: 0 };
  assert.deepEqual(readReceiver(statsReport(sound)), nothing);
  assert.deepEqual(readReceiver(undefined), nothing);
});
