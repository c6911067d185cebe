// What the viewer says and does before there is a room, and when it leaves one by itself; in the room, the browser tests look.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";

import { Viewer } from "../../kiosk/page/viewer.js";
import { example } from "./support/examples.mjs";
import { answerKnocks, enter, failToConnect, hearBeat, refusedBySfu, remoteScreen, unheardBySfu, useLivekit } from "./support/fake_livekit.mjs";
import { glass, noCopy, noPicture, noStills, someStills } from "./support/glass.mjs";
import { moveTime } from "./support/moved_time.mjs";
import "./support/page_globals.mjs";

const ALL_OF_IT = /** @type {const} */ ({ step: "full", isProtected: false });
const OUT = { joins: false, presenterIdentity: null, presenterPhase: "nobody", ...ALL_OF_IT };
const IN = { joins: true, presenterIdentity: "paula", presenterPhase: "live", ...ALL_OF_IT };
const hooks = { roomToken: async () => example("room_token"), covered: () => {}, stepped: () => {}, changed: () => {} };

test("the first report says that nothing is shown", async () => {
  const viewer = new Viewer(noPicture(), noCopy(), noStills(), { ...hooks, roomToken: () => assert.fail() });
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
    join_trouble: null,
    resubscribed: 0,
    rejoined: 0,
    last_remedy: null,
    sfu_version: null,
    reception: null,
    step: "full",
    stills: null,
  });
});

test("a display that may not join asks for no token", () => {
  const viewer = new Viewer(noPicture(), noCopy(), noStills(), { ...hooks, roomToken: () => assert.fail() });
  viewer.follow(OUT);
});

test("a display revoked while it asks for a token joins no room", { timeout: 5000 }, async (context) => {
  let joined = false;
  Object.defineProperty(globalThis, "LivekitClient", { get: () => (joined = true), configurable: true });
  context.after(() => delete globalThis.LivekitClient);
  const answers = new EventTarget();
  const viewer = new Viewer(noPicture(), noCopy(), noStills(), {
    ...hooks,
    roomToken: () => once(answers, "token").then(() => example("room_token")),
  });

  viewer.follow({ ...IN, presenterIdentity: null });
  assert.equal((await viewer.report()).stage, "joining");
  viewer.follow(OUT);
  answers.dispatchEvent(new Event("token"));
  while ((await viewer.report()).stage !== "none") await new Promise(setImmediate);

  assert.equal(joined, false);
});

/** @typedef {import("./support/fake_livekit.mjs").FakeRoom} FakeRoom */

/**
 * A viewer in the room, waiting for paula, with what it wants to lie over the picture, newest last.
 * @param {import("node:test").TestContext} context
 * @param {any} video
 */
function join(context, video) {
  const coverings = ["card"];
  const asked = { times: 0 };
  const roomToken = async () => (asked.times++, example("room_token"));
  const stills = someStills(context, () => viewer.stillCame());
  const viewer = new Viewer(video, noCopy(), stills, { ...hooks, roomToken, covered: (covering) => coverings.push(covering) });
  viewer.follow(IN);
  context.after(() => viewer.follow(OUT));
  return { viewer, coverings, asked, stills };
}

for (const [what, track] of [["without a frame", remoteScreen()], ["not their screen", undefined]]) {
  test(`a display that misses the picture joins afresh by itself, and says why: ${what}`, async (context) => {
    const time = moveTime(context);
    const warned = context.mock.method(console, "warn", () => {}).mock;
    const rooms = useLivekit(context, (room) => enter(room, "paula", track));
    const { viewer } = join(context, glass());

    await time.pass(4900);
    assert.equal(rooms.length, 1);
    await time.pass(1500);
    assert.equal(rooms.length, 2);
    assert.ok(warned.calls.some((call) => new RegExp(what).test(call.arguments[0])));
    await time.pass(120_000);
    assert.ok(rooms.length < 22, `hurried for a minute only, but joined ${rooms.length} times`);
    assert.match((await viewer.report()).last_remedy, new RegExp(`^rejoined: .*${what}`));
    assert.ok(rooms.length > 15, `goes on for ever, but joined ${rooms.length} times`);
    viewer.follow(OUT);
  });
}

test("a display that may not see the picture for now misses nothing, and stays in the room", async (context) => {
  const time = moveTime(context);
  const rooms = useLivekit(context, (room) => {
    enter(room, "paula");
    room.localParticipant.permissions = { canSubscribe: false };
  });
  const { viewer } = join(context, glass());
  await time.pass(60_000);
  const { rejoined, last_remedy } = await viewer.report();
  assert.deepEqual([rooms.length, rejoined, last_remedy], [1, 0, null]);
  viewer.follow(OUT);
});

/**
 * A display that shows paula, whose counts a test lets grow second by second.
 * @param {import("node:test").TestContext} context
 */
async function show(context) {
  const time = moveTime(context);
  context.mock.method(console, "warn", () => {});
  const video = glass();
  const counts = { encoded: 0, arrived: 0, bytes: 0, packets: 0, lost: 0, received: 0, decoded: 0 };
  const stats = () => [
    { type: "transport", bytesReceived: counts.arrived },
    {
      type: "inbound-rtp",
      kind: "video",
      bytesReceived: counts.bytes,
      packetsReceived: counts.packets,
      packetsLost: counts.lost,
      framesReceived: counts.received,
      framesDecoded: counts.decoded,
    },
  ];
  let publication = /** @type {any} */ (null);
  const rooms = useLivekit(context, (room) => (publication = enter(room, "paula", remoteScreen(stats))));
  const found = join(context, video);
  /** Seconds in which these go on, and nothing else. @param {number} seconds @param {...string} names */
  async function pass(seconds, ...names) {
    for (let passed = 0; passed < seconds; passed++) {
      for (const name of names) if (name in counts) counts[name] += 15;
      if (names.includes("beats")) hearBeat(rooms.at(-1), "paula", { sequence: 1, frames_encoded: counts.encoded, paused: false });
      if (names.includes("presented")) video.presentFrame();
      await time.pass(500);
      for (const name of names) if (name === "packets" || name === "lost") counts[name] += 15;
      await time.pass(500);
    }
  }
  await time.pass(100);
  await pass(3, ...ALL);
  return { ...found, time, video, rooms, pass, publication: () => publication };
}

const ALL = ["beats", "encoded", "arrived", "bytes", "received", "decoded", "presented"];

test("a screen that stands still stays on the glass, uncovered, for as long as beats come", async (context) => {
  const { viewer, rooms, coverings, pass } = await show(context);
  await pass(60, "beats", "arrived");
  assert.equal((await viewer.report()).standstill, "presenter_still");
  assert.deepEqual([rooms.length, coverings], [1, ["card", "nothing"]]);
});

test("the report says for how long nothing at all came over the link, and with the first frame after it", async (context) => {
  const { viewer, pass } = await show(context);
  const outageMs = async () => (await viewer.report()).reception.outage_ms;
  await pass(5, "beats", "arrived");
  assert.equal(await outageMs(), 0);
  await pass(5);
  const lasting = await outageMs();
  assert.ok(lasting >= 4000 && lasting <= 6000, `${lasting} ms`);
  await pass(1, ...ALL);
  const over = await outageMs();
  assert.ok(over >= lasting && over <= lasting + 1000, `${over} ms`);
  await pass(5, ...ALL);
  assert.equal(await outageMs(), over);
});

for (const [cause, names] of [
  ["presenter_silent", ["arrived"]],
  ["network", []],
  ["decoder", ["beats", "encoded", "arrived", "bytes", "received"]],
  ["renderer", ["beats", "encoded", "arrived", "received", "decoded"]],
]) {
  test(`${cause} within 4 s when only ${names.join(", ") || "nothing"} goes on: first a veil, then a card`, async (context) => {
    const { viewer, coverings, pass } = await show(context);
    await pass(4, ...names);
    assert.equal((await viewer.report()).standstill, cause);
    assert.equal(coverings.at(-1), "veil");
    await pass(8, ...names);
    assert.equal(coverings.at(-1), "card");
    await pass(1, ...ALL);
    assert.deepEqual([coverings.at(-1), (await viewer.report()).standstill], ["nothing", null]);
  });
}

test("five seconds without a frame while the presenter sends need stills; a moving picture ends that, one frame does not", async (context) => {
  const { viewer, coverings, stills, video, time, pass } = await show(context);
  await pass(4);
  assert.equal((await viewer.report()).stills, null);
  await pass(2);
  assert.equal((await viewer.report()).stills.age_ms, null);
  stills.newest = 1;
  await time.pass(500);
  viewer.stillCame();
  assert.equal(coverings.at(-1), "still");
  video.presentFrame();
  await time.pass(3000);
  assert.equal(coverings.at(-1), "still", "a single frame is no moving picture");
  video.presentFrame();
  await time.pass(100);
  video.presentFrame();
  assert.equal(coverings.at(-1), "nothing");
  assert.equal((await viewer.report()).stills, null);
});

test("a display that is told to take stills shows them at once, and the moving picture as soon as it moves again", async (context) => {
  const { viewer, coverings, stills, video, time } = await show(context);
  stills.newest = 1;
  viewer.follow({ ...IN, step: "stills" });
  await time.pass(1000);
  assert.deepEqual([coverings.at(-1), viewer.whyStill], ["still", "stills"]);
  viewer.follow(IN);
  await time.pass(700);
  assert.equal(coverings.at(-1), "still", "until frames come");
  video.presentFrame();
  await time.pass(50);
  video.presentFrame();
  assert.equal(coverings.at(-1), "nothing");
});

for (const [what, view] of [
  ["who is not live", { ...IN, presenterPhase: "paused" }],
  ["who presents no more", { ...IN, presenterIdentity: null, presenterPhase: "nobody" }],
  ["whom this display may not see any more", OUT],
]) {
  test(`nothing stays of the stills of a presenter ${what}`, async (context) => {
    const { viewer, coverings, stills, time, pass } = await show(context);
    stills.newest = 1;
    await pass(7, "beats", "encoded");
    assert.equal(coverings.at(-1), "still");
    viewer.follow(view);
    await time.pass(600);
    assert.deepEqual([stills.areShown, stills.report()], [false, null]);
    assert.notEqual(coverings.at(-1), "still");
  });
}

for (const [cause, goesOn] of /** @type {const} */ ([
  ["decoder", ["received"]],
  ["renderer", ["received", "decoded"]],
])) {
  test(`a ${cause} that is stuck is given the track anew, then the room three times, each counted with its reason`, async (context) => {
    const { viewer, pass, publication } = await show(context);
    const first = publication();
    const seen = [];
    for (let second = 0; second < 60; second++) {
      await pass(1, "beats", "encoded", "arrived", ...goesOn);
      const { resubscribed, rejoined, last_remedy } = await viewer.report();
      const now = `${resubscribed}, ${rejoined}: ${last_remedy}`;
      if (now !== seen.at(-1)) seen.push(now);
    }
    assert.deepEqual(first.wishes, [false, true]);
    assert.deepEqual(seen, [
      "0, 0: null",
      `1, 0: resubscribed: standstill by ${cause}`,
      `1, 1: rejoined: standstill by ${cause}`,
      `1, 2: rejoined: standstill by ${cause}`,
      `1, 3: rejoined: standstill by ${cause}`,
    ]);
    assert.equal((await viewer.report()).standstill, cause);
  });
}

test("when the track goes, the last frame stays behind a veil; a display that may not see it clears it at once", async (context) => {
  const { viewer, rooms, coverings, time, publication, video } = await show(context);
  publication().setSubscribed(false);
  assert.equal(coverings.at(-1), "veil");
  publication().setSubscribed(true);
  video.presentFrame();
  assert.equal(coverings.at(-1), "nothing");
  rooms[0].localParticipant.permissions = { canSubscribe: false };
  publication().setSubscribed(false);
  assert.equal(coverings.at(-1), "card");
  rooms[0].localParticipant.permissions = undefined;
  publication().setSubscribed(true);
  video.presentFrame();
  viewer.follow({ ...IN, presenterIdentity: null, presenterPhase: "nobody" });
  assert.equal(coverings.at(-1), "card");
  await time.pass(100);
});

test("a lost connection costs no token, nor does a media server that is away; a token that it refuses is replaced at once", async (context) => {
  const { rooms, asked, time } = await show(context);
  rooms.at(-1).emit(LivekitClient.RoomEvent.Disconnected);
  await time.pass(1000);
  assert.deepEqual([rooms.length, asked.times], [2, 1]);
  const { Room } = LivekitClient;
  const failures = [unheardBySfu(), refusedBySfu()];
  LivekitClient.Room = class extends Room {
    constructor() {
      super();
      const failure = failures.shift();
      if (failure) failToConnect(this, failure);
    }
  };
  rooms.at(-1).emit(LivekitClient.RoomEvent.Disconnected);
  await time.pass(2000);
  assert.deepEqual([rooms.length, asked.times], [5, 2]);
});

test("a media server that is away is knocked at, often at first, and no websocket opened until it answers", async (context) => {
  const { viewer, rooms, asked, time } = await show(context);
  const sfu = answerKnocks();
  sfu.isAway = true;
  rooms.at(-1).emit(LivekitClient.RoomEvent.Disconnected);
  await time.pass(2000);
  assert.equal((await viewer.report()).join_trouble, null, "a restart is not worth a word");
  await time.pass(8000);
  assert.equal((await viewer.report()).join_trouble, "unheard");
  const hurried = sfu.knocks;
  assert.ok(hurried > 50, `${hurried} knocks in ten seconds`);
  await time.pass(45_000);
  assert.ok(sfu.knocks - hurried < 160, `${sfu.knocks - hurried} knocks in the next 45`);
  assert.equal(rooms.length, 1);
  sfu.isAway = false;
  await time.pass(1000);
  assert.deepEqual([rooms.length, asked.times], [2, 1]);
});

test("a media server that answers and to which no media gets through is a trouble of its own", async (context) => {
  const { viewer, rooms, time } = await show(context);
  const { Room, RoomEvent } = LivekitClient;
  LivekitClient.Room = class extends Room {
    connect() {
      this.emit(RoomEvent.SignalConnected);
      return new Promise(() => {});
    }
  };
  rooms.at(-1).emit(RoomEvent.Disconnected);
  await time.pass(7000);
  assert.equal((await viewer.report()).join_trouble, "no_media");
  LivekitClient.Room = Room;
  await time.pass(4000);
  assert.equal((await viewer.report()).join_trouble, null);
});

test("a media server that crashed is left at once, one whose signalling alone is away is not", async (context) => {
  const { rooms, time, pass } = await show(context);
  const sfu = answerKnocks();
  sfu.isAway = true;
  rooms[0].emit(LivekitClient.RoomEvent.SignalReconnecting);
  await time.pass(50);
  await pass(1, "beats", "arrived");
  assert.deepEqual([sfu.knocks, rooms.length], [1, 1]);
  rooms[0].state = LivekitClient.ConnectionState.Connected;
  await pass(3, ...ALL);
  rooms[0].emit(LivekitClient.RoomEvent.SignalReconnecting);
  await time.pass(300);
  sfu.isAway = false;
  await time.pass(550);
  assert.equal(rooms.length, 2, "sooner than it leaves a link that is merely still");
});

test("whoever was put out keeps nothing on the glass, and a display that its double displaced does not hurry back", async (context) => {
  const { rooms, coverings, time } = await show(context);
  rooms.at(-1).emit(LivekitClient.RoomEvent.Disconnected, LivekitClient.DisconnectReason.PARTICIPANT_REMOVED);
  await time.pass(50);
  assert.equal(coverings.at(-1), "card");
  await time.pass(1000);
  assert.equal(rooms.length, 2);
  rooms.at(-1).emit(LivekitClient.RoomEvent.Disconnected, LivekitClient.DisconnectReason.DUPLICATE_IDENTITY);
  await time.pass(5000);
  assert.equal(rooms.length, 2);
  await time.pass(6000);
  assert.equal(rooms.length, 3);
});

test("a display whose cable is out for a moment stays, and leaves after two seconds", async (context) => {
  const { rooms, time, pass } = await show(context);
  context.after(() => (globalThis.navigator.onLine = true));
  globalThis.navigator.onLine = false;
  dispatchEvent(new Event("offline"));
  await pass(1, ...ALL);
  globalThis.navigator.onLine = true;
  await pass(3, ...ALL);
  assert.equal(rooms.length, 1);
  globalThis.navigator.onLine = false;
  dispatchEvent(new Event("offline"));
  await time.pass(3000);
  assert.ok(rooms.length > 1);
});

test("while signalling is away, the picture of a still screen stays for as long as anything comes of it", async (context) => {
  const { rooms, pass } = await show(context);
  rooms[0].state = LivekitClient.ConnectionState.SignalReconnecting;
  rooms[0].emit(LivekitClient.RoomEvent.SignalReconnecting);
  await pass(10, "beats", "arrived");
  assert.equal(rooms.length, 1, "it stays");
  await pass(3);
  assert.equal(rooms.length, 2, "it starts afresh once nothing comes");
});

test("a display that is told to takes its base layer, stills and everything, and says each at once", async (context) => {
  const { viewer, coverings, pass, publication, video } = await show(context);
  viewer.follow({ ...IN, step: "base" });
  assert.deepEqual([publication().asked, (await viewer.report()).step], [{ isEnabled: true, fps: 1 }, "base"]);
  await pass(5, ...ALL);
  assert.equal(coverings.at(-1), "nothing");
  viewer.follow({ ...IN, step: "stills" });
  await pass(10, "beats", "encoded", "arrived");
  assert.equal(publication().asked.isEnabled, false);
  const { step, standstill, rejoined } = await viewer.report();
  assert.deepEqual([step, standstill, rejoined, coverings.at(-1)], ["stills", null, 0, "card"]);
  viewer.follow(IN);
  video.presentFrame();
  assert.deepEqual([publication().asked, coverings.at(-1)], [{ isEnabled: true, fps: 1000 }, "nothing"]);
});

test("a display whose link chokes steps down by itself and joins nobody afresh; one that is protected names its network", async (context) => {
  const { viewer, rooms, pass } = await show(context);
  await pass(20, "beats", "encoded", "arrived");
  const { step, standstill } = await viewer.report();
  assert.deepEqual([step, standstill, rooms.length], ["stills", null, 1]);
  viewer.follow({ ...IN, isProtected: true });
  await pass(4, "beats", "encoded", "arrived");
  assert.deepEqual([(await viewer.report()).step, (await viewer.report()).standstill], ["full", "network"]);
});

test("a protected display holds back what does not arrive, names its network, tries again by itself and joins nobody afresh", async (context) => {
  const { viewer, rooms, video, time, pass, publication } = await show(context);
  viewer.follow({ ...IN, isProtected: true });
  await pass(5, "beats", "encoded", "arrived");
  assert.equal(publication().asked.isEnabled, false);
  assert.deepEqual([(await viewer.report()).step, (await viewer.report()).standstill, rooms.length], ["full", "network", 1]);
  let seconds = 5;
  for (; !publication().asked.isEnabled && seconds < 30; seconds++) await pass(1, "beats", "encoded", "arrived");
  assert.ok(seconds < 22, `tried again after ${seconds} s`);
  for (let frame = 0; frame < 2; frame++) {
    video.presentFrame();
    await time.pass(100);
  }
  await pass(3, ...ALL);
  assert.deepEqual([(await viewer.report()).stills, publication().asked.isEnabled, rooms.length], [null, true, 1]);
});

for (const [isProtected, step, standstill] of /** @type {const} */ ([[true, "full", "network"], [false, "stills", null]])) {
  test(`on a link that loses most, frames and beats that come through now and then hide nothing: protected ${isProtected}`, async (context) => {
    const { viewer, pass, publication, stills } = await show(context);
    viewer.follow({ ...IN, isProtected });
    await pass(3, ...ALL, "packets");
    stills.newest = 1;
    await pass(4, "lost", "lost", "lost", "lost", "packets", "arrived", "bytes", "received", "presented");
    assert.equal(publication().asked.isEnabled, false);
    stills.newest = 2;
    await pass(3, "arrived");
    assert.equal(stills.areShown, true);
    const told = await viewer.report();
    assert.deepEqual([told.step, told.standstill], [step, standstill]);
  });
}

test("a track that comes anew while the picture is held back is held back, too", async (context) => {
  const { viewer, pass, publication } = await show(context);
  viewer.follow({ ...IN, isProtected: true });
  await pass(5, "beats", "encoded", "arrived");
  publication().asked.isEnabled = true;
  publication().setSubscribed(false);
  publication().setSubscribed(true);
  assert.equal(publication().asked.isEnabled, false);
});

test("a presenter whom the controller calls silent goes on for as long as their beats are heard", async (context) => {
  const { viewer, pass, stills } = await show(context);
  stills.newest = 1;
  viewer.follow({ ...IN, step: "stills" });
  await pass(2, "beats", "encoded", "arrived");
  viewer.follow({ ...IN, step: "stills", presenterPhase: "silent" });
  stills.newest = null;
  await pass(6, "beats", "encoded", "arrived");
  assert.equal(stills.areShown, true);
  await pass(6, "arrived");
  assert.equal(stills.areShown, false);
});

test("a protected display that joins on a link that carries no frame waits for none while it holds the picture back", async (context) => {
  const time = moveTime(context);
  context.mock.method(console, "warn", () => {});
  let arrived = 0;
  const stats = () => [{ type: "transport", bytesReceived: arrived++ }];
  const rooms = useLivekit(context, (room) => enter(room, "paula", remoteScreen(stats)));
  const { viewer } = join(context, glass());
  viewer.follow({ ...IN, isProtected: true });
  await time.pass(100);
  for (let second = 0; second < 60; second++) {
    hearBeat(rooms.at(-1), "paula", { sequence: second, frames_encoded: 15 * second, paused: false });
    await time.pass(1000);
  }
  assert.ok(rooms.length <= 2, `joined ${rooms.length} times`);
});

test("a display that joins while it is on stills waits for no frame", async (context) => {
  const time = moveTime(context);
  const rooms = useLivekit(context, (room) => enter(room, "paula", remoteScreen()));
  const { viewer } = join(context, glass());
  viewer.follow({ ...IN, step: "stills" });
  await time.pass(20_000);
  assert.equal(rooms.length, 1);
});
