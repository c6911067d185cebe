import assert from "node:assert/strict";
import { test } from "node:test";

import { MediaHold } from "../../kiosk/page/media_hold.js";

/**
 * When it holds, second by second, on a link that brings bytes but no frames.
 * @param {number} seconds @param {{isStuck?: (second: number) => boolean, arrives?: (second: number) => boolean}} [link]
 */
function held(seconds, { isStuck = () => true, arrives = () => true } = {}) {
  const hold = new MediaHold();
  let arrived = 0;
  return Array.from({ length: seconds }, (_, second) => {
    hold.hear(arrives(second) ? ++arrived : arrived, 1000 * second);
    return hold.look(isStuck(second), 1000 * second);
  });
}

/** @param {boolean[]} holds @returns {number[]} the seconds in which the picture is tried */
const tried = (holds) => holds.flatMap((isHeld, second) => (isHeld ? [] : [second]));

test("a picture that cannot arrive is held back at once, and tried for two seconds, each time after twice as long", () => {
  assert.deepEqual(tried(held(240)), [15, 16, 47, 48, 109, 110, 171, 172, 233, 234]);
});

test("where nothing arrives at all nothing is held: the picture is there as soon as the way is open", () => {
  assert.deepEqual(tried(held(60, { arrives: () => false })).length, 60);
});

test("a display that is not stuck holds nothing, and begins anew when it is again", () => {
  const isStuck = (second) => second < 16 || second >= 30;
  assert.deepEqual(tried(held(60, { isStuck })), [15, ...Array.from({ length: 14 }, (_, place) => 16 + place), 45, 46]);
});
