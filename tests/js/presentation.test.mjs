// What a presentation does where there is no screen to capture; with one, the browser tests look.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Presentation } from "../../presenter_page/js/presentation.js";
import { serveJson } from "./support/json_server.mjs";
import { openPageAt } from "./support/page_globals.mjs";

/** @param {Presentation} presentation */
function phasesOf(presentation) {
  const phases = [];
  presentation.addEventListener("change", () => phases.push(presentation.snapshot.phase));
  return phases;
}

test("a new presentation is idle and has nothing", () => {
  assert.deepEqual(new Presentation().snapshot, { phase: "idle", problem: null, capture: null, liveSince: null, sender: null });
});

test("a screen that cannot be captured ends in words, and the session is never asked for", async (context) => {
  const server = await serveJson(context, () => ({}));
  openPageAt(server.origin);
  const presentation = new Presentation();
  const phases = phasesOf(presentation);

  await presentation.start(1);

  assert.deepEqual(phases, ["choosing", "failed"]);
  assert.match(presentation.snapshot.problem ?? "", /^The screen could not be captured/);
  assert.equal(presentation.snapshot.capture, null);
  assert.deepEqual(server.asked, []);
});

test("after a failure the presenter may try again", async () => {
  const presentation = new Presentation();
  await presentation.start(1);
  const phases = phasesOf(presentation);
  await presentation.start(1);
  assert.deepEqual(phases, ["choosing", "failed"]);
});

test("a page that presents nothing gives no session back when it is closed", async (context) => {
  const server = await serveJson(context, () => ({}));
  openPageAt(server.origin);
  const presentation = new Presentation();

  presentation.leave();
  await presentation.stop();

  assert.deepEqual(server.asked, []);
});
