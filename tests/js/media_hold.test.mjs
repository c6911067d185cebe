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

test("a picture that does not arrive is held back after two seconds, and tried for two more, each time after twice as long", () => {
  assert.deepEqual(tried(held(240)), [0, 1, 17, 18, 49, 50, 111, 112, 173, 174, 235, 236]);
});

test("where nothing arrives at all nothing is held: the picture is there as soon as the way is open", () => {
  assert.deepEqual(tried(held(60, { arrives: () => false })).length, 60);
});

test("a display that is not stuck holds nothing, and begins anew when it is again", () => {
  const isStuck = (second) => second < 18 || second >= 30;
  assert.deepEqual(tried(held(60, { isStuck })), [0, 1, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 46, 47]);
});
