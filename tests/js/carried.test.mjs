import assert from "node:assert/strict";
import { test } from "node:test";

import { CarriedWatch } from "../../kiosk/page/carried.js";

/**
 * A display that looks twice a second at a screen of so many frames and packets a second.
 * @param {import("../../kiosk/page/agent_link.js").Step} [step]
 */
function display(step = "full") {
  const watch = new CarriedWatch();
  const counts = { encoded: 0, received: 0, packets: 0, lost: 0 };
  let now = 0;
  let carried = step;
  /**
   * Seconds in which frames are encoded, told by beats, and received; and packets come and are lost.
   * @param {number} seconds @param {{encoded?: number, received?: number, packets?: number, lost?: number}} each a second
   */
  function pass(seconds, { encoded = 0, received = 0, packets = 0, lost = 0 }) {
    for (let half = 0; half < 2 * seconds; half++) {
      now += 500;
      if (half % 2) counts.encoded += encoded;
      counts.received += received / 2;
      counts.packets += packets / 2;
      counts.lost += lost / 2;
      carried = watch.look(counts, step, now);
    }
    return carried;
  }
  return { pass, counts };
}

const CLEAN = { encoded: 15, received: 15, packets: 400 };

test("a clean link carries everything, and so does one that loses a few frames or a third of the packets", () => {
  const { pass } = display();
  assert.equal(pass(60, CLEAN), "full");
  assert.equal(pass(60, { ...CLEAN, received: 9 }), "full");
  assert.equal(pass(60, { encoded: 15, received: 7, packets: 270, lost: 130 }), "full");
});

test("a link that brings few of the frames carries stills only; a base layer is judged by its own frames", () => {
  const full = display();
  full.pass(5, CLEAN);
  assert.equal(full.pass(2, { encoded: 15, packets: 400 }), "full");
  assert.equal(full.pass(3, { encoded: 15, packets: 400 }), "stills");
  const base = display("base");
  assert.equal(base.pass(60, { encoded: 15, received: 3.75, packets: 200 }), "base");
  assert.equal(base.pass(6, { encoded: 15, received: 0, packets: 200 }), "stills");
});

test("a link that loses most of the packets carries stills only, also where it loses the beats and brings a frame now and then", () => {
  const { pass } = display();
  pass(5, CLEAN);
  assert.equal(pass(1, { received: 1, packets: 50, lost: 350 }), "full");
  assert.equal(pass(3, { received: 1, packets: 50, lost: 350 }), "stills");
});

test("a still screen fills no link, nor is missed what was sent while the link was cut", () => {
  const { pass, counts } = display();
  assert.equal(pass(20, { encoded: 1, packets: 4, lost: 4 }), "full");
  pass(5, CLEAN);
  pass(10, {});
  counts.encoded += 150;
  counts.lost += 4000;
  assert.equal(pass(10, CLEAN), "full");
});

test("a link that comes and goes each second is cut, and does not choke", () => {
  const { pass, counts } = display();
  pass(5, CLEAN);
  for (let second = 0; second < 30; second++) {
    if (second % 2) pass(1, {});
    else assert.equal(pass(1, CLEAN), "full");
    if (second % 2) counts.lost += 400;
  }
});

test("a link that loses nearly all says so after half the time; one that loses half of it, or was cut, does not", () => {
  const all = display();
  all.pass(10, CLEAN);
  assert.equal(all.pass(3, { encoded: 15, packets: 34, lost: 366 }), "stills");
  const half = display();
  half.pass(10, CLEAN);
  assert.equal(half.pass(3, { encoded: 15, received: 3, packets: 200, lost: 200 }), "full");
  const cut = display();
  cut.pass(10, CLEAN);
  cut.pass(3, { encoded: 15 });
  cut.counts.lost += 1200;
  assert.equal(cut.pass(3, CLEAN), "full");
});
