import assert from "node:assert/strict";
import { test } from "node:test";

import { FrameWait } from "../../kiosk/page/frame_wait.js";

function display() {
  const wait = new FrameWait();
  const counts = { packets: 0, lost: 0 };
  let now = 0;
  /** Half seconds with so much each; the waits. @param {number} looks @param {{packets?: number, lost?: number}} grows */
  const pass = (looks, { packets = 0, lost = 0 }) =>
    Array.from({ length: looks }, () => {
      counts.packets += packets;
      counts.lost += lost;
      return wait.look(counts, (now += 500));
    });
  return { wait, pass };
}

const CLEAR = { packets: 200 };
const LOSSY = { packets: 190, lost: 10 };

test("nothing waits on a clear link, nor for one packet of fifty, nor for a link that was cut for a second", () => {
  const { pass } = display();
  const waits = [...pass(20, CLEAR), ...pass(20, { packets: 196, lost: 4 }), ...pass(1, { packets: 0, lost: 400 }), ...pass(20, CLEAR)];
  assert.deepEqual(new Set(waits), new Set([0]));
});

test("frames wait on a lossy link within five seconds, and no longer once it was clear for half a minute", () => {
  const { pass } = display();
  pass(10, CLEAR);
  assert.equal(pass(10, LOSSY).at(-1), 400);
  assert.deepEqual(new Set(pass(50, CLEAR)), new Set([400]));
  assert.equal(pass(20, CLEAR).at(-1), 0);
});

test("another track counts anew, and the wait goes on", () => {
  const { wait, pass } = display();
  pass(20, LOSSY);
  assert.equal(wait.look({ packets: 3, lost: 0 }, 10_500), 400);
});
