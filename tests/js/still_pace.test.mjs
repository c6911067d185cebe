import assert from "node:assert/strict";
import { test } from "node:test";

import { paceBps, stillIntervalMs } from "../../kiosk/page/still_pace.js";

/** How long 100 KB take, headers and resent packets included. @param {number} bps */
const transferMs = (bps) => (1.1 * 8 * 100_000 * 1000) / bps;

test("a good link carries a still each three seconds, a thin one as many as leave half of it free", () => {
  assert.equal(stillIntervalMs(0), 3000);
  assert.equal(stillIntervalMs(1500), 3000);
  assert.equal(stillIntervalMs(1501), 3002);
  assert.equal(stillIntervalMs(4000), 8000);
});

test("the wire's bounds hold whatever was measured", () => {
  assert.equal(stillIntervalMs(100_000), 60_000);
  assert.equal(stillIntervalMs(-5), 3000);
});

test("no display takes more than a tenth of 4 Mbit/s in stills of 100 KB", () => {
  for (const bps of [100e6, 4e6, 2e6, 500e3, 200e3, 50e3]) {
    const taken = (8 * 100_000 * 1000) / stillIntervalMs(transferMs(bps));
    assert.ok(taken <= 400_000, `${taken} bit/s on a link of ${bps}`);
    assert.ok(taken <= bps / 2, `half of ${bps} is left free`);
  }
});

test("what a bucket on the way lets through at once does not make a thin link seem fast", () => {
  const bucket = 16 * 1024;
  for (const bytes of [30_000, 45_000, 60_000]) {
    for (const bps of [3e6, 2e6, 1e6, 300e3]) {
      const seen = paceBps({ bytes, transferMs: (8000 * (bytes - bucket)) / bps });
      assert.ok(seen !== null && Math.abs(seen / bps - 1) < 0.01, `${seen} of ${bps} by ${bytes} bytes`);
    }
  }
  assert.equal(paceBps({ bytes: 29_999, transferMs: 5 }), null, "too small to tell");
});
