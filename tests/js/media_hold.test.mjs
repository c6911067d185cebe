import assert from "node:assert/strict";
import { test } from "node:test";

import { MediaHold } from "../../kiosk/page/media_hold.js";

/**
 * When it holds, second by second, on a link that brings bytes but no frames, and a still each three seconds.
 * @param {number} seconds
 * @param {object} [link] each told the second
 * @param {(second: number) => boolean} [link.isStuck]
 * @param {(second: number) => boolean} [link.chokes]
 * @param {(second: number) => boolean} [link.arrives]
 * @param {(second: number) => number | null} [link.stillMs] how long a still takes; null: none comes
 * @param {(second: number) => number} [link.loses] so many of the packets, of 0.4 thousand a second
 */
function held(seconds, { isStuck = () => true, chokes = () => false, arrives = () => true, stillMs = () => 200, loses = () => 0 } = {}) {
  const hold = new MediaHold();
  let arrived = { bytes: 0, packets: 0, lost: 0 };
  return Array.from({ length: seconds }, (_, second) => {
    const now = 1000 * second;
    const transferMs = stillMs(second);
    if (second % 3 === 0 && transferMs !== null) hold.hearStill({ atMs: now, bytes: 80_000, transferMs });
    const share = loses(second);
    if (arrives(second)) arrived = { bytes: arrived.bytes + 1, packets: arrived.packets + 400 * (1 - share), lost: arrived.lost + 400 * share };
    hold.hear(arrived, now);
    return hold.look({ isStuck: isStuck(second), chokes: chokes(second) }, now);
  });
}

/** @param {boolean[]} holds @returns {number[]} the seconds in which the picture is tried */
const tried = (holds) => holds.flatMap((isHeld, second) => (isHeld ? [] : [second]));

test("a picture that does not arrive is held back, and tried right behind a still, each time after twice as long", () => {
  assert.deepEqual(tried(held(100)), [0, 1, 7, 8, 9, 10, 21, 22, 23, 24, 45, 46, 47, 48, 76, 77, 78, 79]);
});

test("a try of which most is lost ends at once", () => {
  assert.deepEqual(tried(held(45, { loses: (second) => (second < 2 ? 0 : 0.5) })), [0, 1, 7, 18, 39]);
});

test("on a link that was found to choke it is held back at once", () => {
  assert.deepEqual(tried(held(6, { chokes: () => true })), []);
});

test("where no still comes a try does not wait for one for ever", () => {
  assert.deepEqual(tried(held(38, { stillMs: () => null })), [0, 1, 17, 18, 19, 20]);
});

test("a link on which stills come slowly is left to the stills, but for a try each minute", () => {
  assert.deepEqual(tried(held(128, { stillMs: () => 1400 })), [0, 1, 63, 64, 65, 66, 127]);
});

test("a still that comes much faster than the others tells of a link that healed, which is tried at once", () => {
  const heals = { stillMs: (/** @type {number} */ second) => (second < 30 ? 1400 : 60) };
  assert.deepEqual(tried(held(36, heals)), [0, 1, 30, 31, 32, 33]);
  const wavers = { stillMs: (/** @type {number} */ second) => (second < 30 ? 1400 : 1050) };
  assert.deepEqual(tried(held(36, wavers)), [0, 1]);
});

test("where nothing arrives at all nothing is held: the picture is there as soon as the way is open", () => {
  assert.equal(tried(held(60, { arrives: () => false })).length, 60);
});

test("a link that opens after nothing came is given its time", () => {
  assert.deepEqual(tried(held(36, { arrives: (second) => second >= 30 })).at(-1), 31);
});

test("a display that is not stuck holds nothing", () => {
  const isStuck = (/** @type {number} */ second) => second < 5;
  assert.deepEqual(tried(held(10, { isStuck })), [0, 1, 5, 6, 7, 8, 9]);
});

test("a picture that soon sticks again is tried after longer, one that had moved for a minute is not", () => {
  /** @param {number} again */
  const firstTryAfter = (again) => {
    const chokes = (/** @type {number} */ second) => second === 0 || second === again;
    const isStuck = (/** @type {number} */ second) => second < 5 || second >= again;
    return tried(held(again + 30, { isStuck, chokes })).find((second) => second > again);
  };
  assert.equal(firstTryAfter(30), 40);
  assert.equal(firstTryAfter(66), 72);
});
