import assert from "node:assert/strict";
import { test } from "node:test";

import { Steps } from "../../kiosk/page/steps.js";

/**
 * A display that looks twice a second.
 * @param {boolean} [isProtected]
 */
function display(isProtected = false) {
  const steps = new Steps();
  const counts = { encoded: 0, received: 0 };
  let now = 0;
  steps.tell("full", isProtected);
  /** Seconds in which so many frames a second are encoded, told by beats, and received. @param {number} seconds @param {number} encoded @param {number} received */
  function pass(seconds, encoded, received) {
    for (let half = 0; half < 2 * seconds; half++) {
      now += 500;
      if (half % 2) counts.encoded += encoded;
      counts.received += received / 2;
      steps.look(counts, now);
    }
  }
  pass(5, 15, 15);
  return { steps, pass, counts };
}

test("a clean link takes everything, and so does one that loses a few frames", () => {
  const { steps, pass } = display();
  pass(60, 15, 15);
  pass(60, 15, 9);
  assert.deepEqual([steps.now, steps.isOwn], ["full", false]);
});

test("a link that chokes steps down by itself, and further if that is still too much", () => {
  const { steps, pass } = display();
  pass(7, 15, 0);
  assert.deepEqual([steps.now, steps.isOwn], ["base", true]);
  pass(5, 15, 0);
  assert.equal(steps.now, "stills");
  pass(60, 15, 0);
  assert.equal(steps.now, "stills");
});

test("a base layer that comes stays, and nothing but the controller's word raises it", () => {
  const { steps, pass } = display();
  pass(7, 15, 0);
  pass(120, 15, 3.75);
  assert.equal(steps.now, "base");
  steps.tell("base", false);
  assert.deepEqual([steps.now, steps.isOwn], ["base", false]);
  steps.tell("full", false);
  assert.equal(steps.now, "full");
});

test("a word that is lower than full and higher than the own step raises nothing", () => {
  const { steps, pass } = display();
  pass(7, 15, 0);
  pass(5, 15, 0);
  steps.tell("base", false);
  assert.equal(steps.now, "stills");
});

test("a still screen chokes nobody, nor does a link that was cut and is back", () => {
  const { steps, pass, counts } = display();
  pass(20, 1, 0);
  assert.equal(steps.now, "full");
  pass(10, 0, 0);
  counts.encoded += 150;
  pass(10, 15, 15);
  assert.equal(steps.now, "full");
});

test("a protected display takes no step, and one that becomes protected takes everything at once", () => {
  const kept = display(true);
  kept.pass(60, 15, 0);
  assert.equal(kept.steps.now, "full");
  const promoted = display();
  promoted.pass(7, 15, 0);
  promoted.steps.tell("stills", true);
  assert.equal(promoted.steps.now, "full");
});
