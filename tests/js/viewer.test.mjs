// What the viewer says and does before there is a room; in the room, the browser tests look.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";

import { Viewer } from "../../kiosk/page/viewer.js";
import { example } from "./support/examples.mjs";
import "./support/page_globals.mjs";

/** A video element without a picture. */
const noPicture = () => /** @type {any} */ ({ videoWidth: 0, videoHeight: 0, cancelVideoFrameCallback: () => {} });

test("the first report says that nothing is shown", async () => {
  const viewer = new Viewer(noPicture(), { roomToken: () => assert.fail(), pictureChanged: () => assert.fail() });
  assert.deepEqual(await viewer.report(), {
    stage: "none",
    presenter_identity: null,
    last_frame_age_ms: null,
    frames_presented: 0,
    frames_per_second: 0,
    received_bps: 0,
    width: 0,
    height: 0,
    sfu_version: null,
  });
});

test("a display that may not join asks for no token", () => {
  const viewer = new Viewer(noPicture(), { roomToken: () => assert.fail(), pictureChanged: () => {} });
  viewer.follow({ joins: false, presenterIdentity: null });
});

test("a display revoked while it asks for a token joins no room", { timeout: 5000 }, async (context) => {
  let joined = false;
  Object.defineProperty(globalThis, "LivekitClient", { get: () => (joined = true), configurable: true });
  context.after(() => delete globalThis.LivekitClient);
  const answers = new EventTarget();
  const viewer = new Viewer(noPicture(), {
    roomToken: () => once(answers, "token").then(() => example("room_token")),
    pictureChanged: () => {},
  });

  viewer.follow({ joins: true, presenterIdentity: null });
  assert.equal((await viewer.report()).stage, "joining");
  viewer.follow({ joins: false, presenterIdentity: null });
  answers.dispatchEvent(new Event("token"));
  while ((await viewer.report()).stage !== "none") await new Promise(setImmediate);

  assert.equal(joined, false);
});
