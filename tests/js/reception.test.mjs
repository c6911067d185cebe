import assert from "node:assert/strict";
import { test } from "node:test";

import { ReceptionMeter } from "../../kiosk/page/reception.js";
import { inbound, statsReport } from "./support/media.mjs";

const SCREEN = {};

test("counters are the receiver's own, since the track came", () => {
  const meter = new ReceptionMeter();
  meter.read(SCREEN, statsReport(inbound()), 5000);
  const later = inbound({ packetsLost: 12, nackCount: 31, pliCount: 1, freezeCount: 1, totalFreezesDuration: 0.24 });
  const reception = meter.read(SCREEN, statsReport(later), 6000);
  assert.ok(reception);
  assert.equal(reception.track_age_ms, 1000);
  const { packets_lost, nacks_sent, plis_sent, freezes, frozen_ms } = reception;
  assert.deepEqual({ packets_lost, nacks_sent, plis_sent, freezes, frozen_ms }, { packets_lost: 12, nacks_sent: 31, plis_sent: 1, freezes: 1, frozen_ms: 240 });
});

test("delays are means over what came since the reading before", () => {
  const meter = new ReceptionMeter();
  meter.read(SCREEN, statsReport(inbound()), 0);
  const later = inbound({ framesDecoded: 45, totalDecodeTime: 0.142, jitterBufferEmittedCount: 45, jitterBufferDelay: 1.3 });
  const reception = meter.read(SCREEN, statsReport(later), 1000);
  assert.equal(reception?.decode_ms, 2.8);
  assert.equal(reception?.jitter_buffer_ms, 20);
});

test("the way to the glass is the mean over the frames shown since the reading before, of this track", () => {
  const meter = new ReceptionMeter();
  const read = (/** @type {number} */ atMs, track = SCREEN) => meter.read(track, statsReport(inbound()), atMs)?.arrival_to_glass_ms;
  assert.equal(read(0), null);
  meter.show({ receiveTime: 100, expectedDisplayTime: 130 });
  meter.show({ receiveTime: 170, expectedDisplayTime: 220 });
  assert.equal(read(1000), 40);
  assert.equal(read(2000), null);
  meter.show({ receiveTime: 2100, expectedDisplayTime: 2135.5 });
  assert.equal(read(3000), 35.5);
  meter.show({ receiveTime: 3100, expectedDisplayTime: 3190 });
  assert.equal(read(4000, {}), null);
});

test("a browser that does not tell when a frame was received tells no way to the glass", () => {
  const meter = new ReceptionMeter();
  meter.read(SCREEN, statsReport(inbound()), 0);
  meter.show({ expectedDisplayTime: 130 });
  assert.equal(meter.read(SCREEN, statsReport(inbound()), 1000)?.arrival_to_glass_ms, null);
});

test("a still picture has no delays, which is no fault", () => {
  const meter = new ReceptionMeter();
  meter.read(SCREEN, statsReport(inbound()), 0);
  const reception = meter.read(SCREEN, statsReport(inbound()), 1000);
  assert.equal(reception?.decode_ms, null);
  assert.equal(reception?.frames_decoded, 30);
});

test("a track that takes another's place is young again", () => {
  const meter = new ReceptionMeter();
  meter.read(SCREEN, statsReport(inbound()), 0);
  meter.read(SCREEN, statsReport(inbound()), 9000);
  assert.equal(meter.read({}, statsReport(inbound()), 9100)?.track_age_ms, 0);
});

test("lost packets that came twice after all are not fewer than none", () => {
  assert.equal(new ReceptionMeter().read(SCREEN, statsReport(inbound({ packetsLost: -3 })), 0)?.packets_lost, 0);
});

test("the round trip is that of the pair in use", () => {
  const unused = { id: "a", type: "candidate-pair", nominated: false, currentRoundTripTime: 9 };
  const used = { id: "b", type: "candidate-pair", nominated: true, currentRoundTripTime: 0.018 };
  assert.equal(new ReceptionMeter().read(SCREEN, statsReport(inbound(), unused, used), 0)?.round_trip_ms, 18);
});

test("without a track, and before its statistics are there, nothing is told", () => {
  assert.equal(new ReceptionMeter().read(null, statsReport(inbound()), 0), null);
  assert.equal(new ReceptionMeter().read(SCREEN, undefined, 0), null);
});
