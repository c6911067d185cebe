import assert from "node:assert/strict";
import { test } from "node:test";

import { isLower, Steps } from "../../kiosk/page/steps.js";

/** A display on full. @param {boolean} [isProtected] */
function display(isProtected = false) {
  const steps = new Steps();
  steps.tell("full", isProtected);
  return steps;
}

test("a link that carries everything lowers nothing, and one that carries less steps down by itself, and further", () => {
  const steps = display();
  steps.look("full");
  assert.deepEqual([steps.now, steps.isOwn], ["full", false]);
  steps.look("base");
  assert.deepEqual([steps.now, steps.isOwn], ["base", true]);
  steps.look("stills");
  assert.equal(steps.now, "stills");
});

test("nothing but the controller's word raises it", () => {
  const steps = display();
  steps.look("base");
  steps.look("full");
  assert.equal(steps.now, "base");
  steps.tell("base", false);
  assert.deepEqual([steps.now, steps.isOwn], ["base", false]);
  steps.tell("full", false);
  assert.equal(steps.now, "full");
});

test("a word that is lower than full and higher than the own step raises nothing", () => {
  const steps = display();
  steps.look("stills");
  steps.tell("base", false);
  assert.equal(steps.now, "stills");
});

test("a protected display takes no step, and one that becomes protected takes everything at once", () => {
  const kept = display(true);
  kept.look("stills");
  assert.deepEqual([kept.now, kept.isOwn], ["full", false]);
  const promoted = display();
  promoted.look("base");
  promoted.tell("stills", true);
  assert.equal(promoted.now, "full");
});

test("what gives less is lower, and nothing than itself", () => {
  assert.deepEqual([isLower("stills", "base"), isLower("base", "base")], [true, false]);
});
