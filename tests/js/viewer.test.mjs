// What the viewer says and does before there is a room, and when it leaves one by itself; in the room, the browser tests look.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";

import { Viewer } from "../../kiosk/page/viewer.js";
import { example } from "./support/examples.mjs";
import { enter, remoteScreen, useLivekit } from "./support/fake_livekit.mjs";
import { moveTime } from "./support/moved_time.mjs";
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
    standstill: null,
    resubscribed: 0,
    rejoined: 0,
    last_remedy: null,
    sfu_version: null,
    reception: null,
    step: "full",
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

/** A video element whose frames come when a test presents them. */
function glass() {
  let callback = () => {};
  return {
    videoWidth: 0,
    videoHeight: 0,
    requestVideoFrameCallback: (next) => (callback = next),
    cancelVideoFrameCallback: () => (callback = () => {}),
    presentFrame: () => callback(),
  };
}

/** A viewer in the room, waiting for paula. @param {any} video */
function join(video) {
  const viewer = new Viewer(video, { roomToken: async () => example("room_token"), pictureChanged: () => {} });
  viewer.follow({ joins: true, presenterIdentity: "paula" });
  return viewer;
}

for (const [what, track] of [["without a frame", remoteScreen()], ["not their screen", undefined]]) {
  test(`a display that misses the picture joins afresh by itself, and says why: ${what}`, async (context) => {
    const time = moveTime(context);
    const warned = context.mock.method(console, "warn", () => {}).mock;
    const rooms = useLivekit(context, (room) => enter(room, "paula", track));
    const viewer = join(glass());

    await time.pass(4900);
    assert.equal(rooms.length, 1);
    await time.pass(1100);
    assert.equal(rooms.length, 2);
    assert.match(warned.calls.at(-1).arguments[0], new RegExp(`${what}.*1\\. time`));
    await time.pass(120_000);
    assert.ok(rooms.length < 22, `hurried for a minute only, but joined ${rooms.length} times`);
    assert.ok(rooms.length > 15, `goes on for ever, but joined ${rooms.length} times`);
    viewer.follow({ joins: false, presenterIdentity: null });
  });
}

test("a display that misses nothing stays in its room", async (context) => {
  const time = moveTime(context);
  const video = glass();
  const rooms = useLivekit(context, (room) => enter(room, "paula", remoteScreen()));
  const viewer = join(video);

  await time.pass(1000);
  video.presentFrame();
  await time.pass(60_000);

  assert.equal(rooms.length, 1);
  viewer.follow({ joins: false, presenterIdentity: null });
});

test("while signalling is away, the picture of a still screen stays for as long as anything comes of it", async (context) => {
  const time = moveTime(context);
  const video = glass();
  let arrived = 0;
  const stats = () => [{ type: "transport", bytesReceived: arrived }];
  const rooms = useLivekit(context, (room) => enter(room, "paula", remoteScreen(stats)));
  const viewer = join(video);
  await time.pass(500);
  video.presentFrame();

  rooms[0].state = LivekitClient.ConnectionState.SignalReconnecting;
  rooms[0].emit(LivekitClient.RoomEvent.SignalReconnecting);
  for (let seconds = 0; seconds < 10; seconds++) {
    arrived += 46;
    await time.pass(1000);
  }
  assert.equal(rooms.length, 1, "it stays");
  await time.pass(3000);
  assert.equal(rooms.length, 2, "it starts afresh once nothing comes");
  viewer.follow({ joins: false, presenterIdentity: null });
});
