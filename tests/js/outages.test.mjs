import assert from "node:assert/strict";
import { test } from "node:test";

import { Outages } from "../../kiosk/page/outages.js";

/** A display that looks twice a second. */
function display() {
  const outages = new Outages();
  let now = 0;
  let arrived = 0;
  /** So many looks, at each of which so much more has come; the milliseconds of outage. @param {number} looks @param {number} bytes */
  const pass = (looks, bytes) =>
    Array.from({ length: looks }, () => {
      outages.look((arrived += bytes), (now += 500));
      return outages.ms;
    });
  return { outages, pass };
}

test("a link over which something comes each second has no outage", () => {
  const { pass } = display();
  for (let second = 0; second < 60; second++) assert.deepEqual([...pass(1, 90), ...pass(1, 0)], [0, 0]);
});

test("nor has one that is cut for a second", () => {
  const { pass } = display();
  pass(10, 50_000);
  assert.deepEqual(pass(2, 0), [0, 0]);
  assert.deepEqual(pass(4, 50_000), [0, 0, 0, 0]);
});

test("a cut of five seconds is seen while it lasts, and once", () => {
  const { pass } = display();
  pass(10, 50_000);
  assert.deepEqual(pass(5, 0), [0, 0, 1500, 2000, 2500]);
  pass(5, 0);
  assert.deepEqual(pass(3, 50_000), [5500, 5500, 5500], "to the first packet after it, with which the losses are seen");
});

test("a second one counts on top", () => {
  const { pass } = display();
  pass(2, 50_000);
  pass(4, 0);
  assert.deepEqual(pass(2, 50_000), [2500, 2500]);
  pass(4, 0);
  assert.deepEqual(pass(2, 50_000), [5000, 5000]);
});

test("before anything came there is none, and another connection counts as something that came", () => {
  const { outages, pass } = display();
  assert.equal(outages.ms, 0);
  pass(4, 50_000);
  outages.look(10, 2500);
  assert.equal(outages.ms, 0);
});
