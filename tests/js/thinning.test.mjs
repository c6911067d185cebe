import assert from "node:assert/strict";
import { test } from "node:test";

import { Thinning } from "../../kiosk/page/thinning.js";

/** A publication that tells the media server only what is new to it, as the SDK's. */
function publication() {
  const wishes = /** @type {[boolean, number | undefined][]} */ ([]);
  let isEnabled = true;
  let fps = /** @type {number | undefined} */ (undefined);
  return /** @type {any} */ ({
    wishes,
    track: {},
    setEnabled: (wanted) => isEnabled !== wanted && wishes.push([(isEnabled = wanted), fps]),
    setVideoFPS: (wanted) => fps !== wanted && wishes.push([isEnabled, (fps = wanted)]),
  });
}

test("who never was thinned asks for nothing", () => {
  const [thinning, screen] = [new Thinning(), publication()];
  thinning.take(screen, "full");
  assert.deepEqual(screen.wishes, []);
});

test("each step ends in its wish, and the same again asks for nothing", () => {
  const [thinning, screen] = [new Thinning(), publication()];
  for (const [step, wish] of /** @type {const} */ ([["base", [true, 1]], ["stills", [false, 1000]], ["off", [false, 1000]], ["full", [true, 1000]]])) {
    thinning.take(screen, step);
    assert.deepEqual(screen.wishes.at(-1), wish, step);
    const wishes = screen.wishes.length;
    thinning.take(screen, step);
    assert.equal(screen.wishes.length, wishes);
  }
});

for (const step of /** @type {const} */ (["base", "stills", "full"])) {
  test(`${step} is asked for anew when the track came anew`, () => {
    const [thinning, screen] = [new Thinning(), publication()];
    thinning.take(screen, "base");
    thinning.take(screen, step);
    const before = screen.wishes.length;
    screen.track = {};
    thinning.take(screen, step);
    assert.ok(screen.wishes.length > before);
    assert.deepEqual(screen.wishes.at(-1), [step !== "stills", step === "base" ? 1 : 1000]);
  });
}
