import assert from "node:assert/strict";
import { test } from "node:test";

import { StillsNeed } from "../../kiosk/page/stills_need.js";

const SENT = { isSent: true, isStill: false, isTold: false, chokes: false };
const STILL = { ...SENT, isStill: true };
const UNSENT = { ...SENT, isSent: false };
const TOLD = { ...SENT, isTold: true };

/** After the last frame of a picture that moved, at the moment 0. */
function afterFrames() {
  const need = new StillsNeed();
  for (const at of [-200, -100, 0]) need.frameCame(at);
  return need;
}

test("stills are needed five seconds after the last frame", () => {
  const need = afterFrames();
  assert.equal(need.look(SENT, 4999), false);
  assert.equal(need.look(SENT, 5000), true);
});

test("a display that never had a frame waits as long from when one is sent", () => {
  const need = new StillsNeed();
  assert.equal(need.look(UNSENT, 60_000), false);
  assert.equal(need.look(SENT, 61_000), false);
  assert.equal(need.look(SENT, 64_900), false);
  assert.equal(need.look(SENT, 66_000), true);
});

test("an unchanging screen is the picture itself, and a presenter who sends nothing has none", () => {
  for (const seen of [STILL, UNSENT]) {
    const need = afterFrames();
    for (let at = 0; at < 60_000; at += 500) assert.equal(need.look(seen, at), false);
    assert.equal(need.look(SENT, 64_000), false);
    assert.equal(need.look(SENT, 65_000), true);
    need.look(seen, 65_500);
    assert.equal(need.look(seen, 66_500), false);
  }
});

test("a display that is to take single ones takes them at once, and until frames come again", () => {
  const need = afterFrames();
  assert.equal(need.look(TOLD, 100), true);
  for (const at of [150, 200]) need.frameCame(at);
  assert.equal(need.look(TOLD, 300), true, "the last frames were on their way");
  assert.equal(need.look(SENT, 60_000), true);
  for (const at of [60_100, 60_166]) need.frameCame(at);
  assert.equal(need.look(SENT, 60_200), false);
  assert.equal(need.look({ ...TOLD, isSent: false }, 60_300), false, "whoever sends nothing has none");
});

test("a screen that seems still for a moment, because beats were lost, is not", () => {
  const need = afterFrames();
  for (let at = 0; at < 5000; at += 500) assert.equal(need.look(at % 2000 < 1000 ? STILL : SENT, at), false);
  assert.equal(need.look(SENT, 5000), true);
  assert.equal(need.look(STILL, 5500), true);
});

test("a link that chokes needs them at once, though a frame comes through now and then", () => {
  const need = afterFrames();
  for (const at of [1000, 2000]) need.frameCame(at);
  assert.equal(need.look({ ...SENT, chokes: true }, 2100), true);
  assert.equal(need.look({ ...SENT, isTold: true }, 2600), true);
  for (const at of [2700, 2800]) need.frameCame(at);
  assert.equal(need.isNeeded, true, "what is on its way while the picture is held back ends nothing");
});

test("two frames within a second end it, single ones do not", () => {
  const need = afterFrames();
  need.look(SENT, 5000);
  for (const at of [6000, 8000, 10_000]) need.frameCame(at);
  assert.equal(need.isNeeded, true);
  need.frameCame(10_900);
  assert.equal(need.isNeeded, false);
});
