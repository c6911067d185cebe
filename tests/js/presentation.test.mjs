// What a presentation does, by the controller's answers and the sender's statistics; with a real screen, the browser tests look.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Presentation } from "../../presenter_page/js/presentation.js";
import { example } from "./support/examples.mjs";
import { publish, useLivekit } from "./support/fake_livekit.mjs";
import { openBrowser, openDarkroom } from "./support/fake_screen.mjs";
import { serveJson } from "./support/json_server.mjs";
import { outbound, statsReport, VP9 } from "./support/media.mjs";
import { moveTime, until } from "./support/moved_time.mjs";
import { openPageAt } from "./support/page_globals.mjs";

/** @param {Presentation} presentation */
function phasesOf(presentation) {
  const phases = [];
  presentation.addEventListener("change", () => phases.push(presentation.snapshot.phase));
  return phases;
}

test("a new presentation is idle and has nothing", () => {
  assert.deepEqual(new Presentation().snapshot, { phase: "idle", problem: null, notice: null, capture: null, liveSince: null, sender: null, rival: null });
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

const GOOD = () => statsReport(VP9, outbound());
const SMALL = () => statsReport(VP9, outbound({ frameWidth: 960, frameHeight: 540 }));
const NOTHING = () => statsReport();
const VP8 = () => statsReport({ id: "codec-vp8", type: "codec", mimeType: "video/VP8" }, outbound({ codecId: "codec-vp8" }));

/** The controller's answers when all is well. @param {import("./support/json_server.mjs").Asked} asked */
const willing = ({ url }) => ({ body: url.endsWith("livekit-token") ? example("presenter_token") : UNNEEDED });

/** No display needs a still. */
const UNNEEDED = { ...example("presenter_status"), still_every_ms: null };

/**
 * A presentation just published; `sender.says` is what its statistics say.
 * @param {import("node:test").TestContext} context
 * @param {() => RTCStatsReport} says
 * @param {(asked: import("./support/json_server.mjs").Asked) => any} [answer]
 */
async function present(context, says, answer = willing) {
  const presentation = new Presentation();
  context.after(() => presentation.stop());
  const time = moveTime(context);
  const browser = openBrowser(context);
  const sender = { says };
  const rooms = useLivekit(context, (room) => (room.sent = () => sender.says()));
  const server = await serveJson(context, answer);
  openPageAt(server.origin);
  void presentation.start(1);
  await until(() => presentation.snapshot.phase !== "choosing" && presentation.snapshot.phase !== "starting", "the publication");
  return { presentation, time, sender, server, rooms, ...browser };
}

test("the first good reading makes a presentation live, whatever was read before", async (context) => {
  const { presentation, time, sender } = await present(context, SMALL);
  await time.pass(4000);
  assert.equal(presentation.snapshot.phase, "checking");
  sender.says = GOOD;
  await time.pass(200);
  assert.equal(presentation.snapshot.phase, "live");
});

test("a picture that stays smaller until the time is over is a failure", async (context) => {
  const { presentation, time } = await present(context, SMALL);
  await time.pass(8200);
  assert.equal(presentation.snapshot.phase, "failed");
  assert.match(presentation.snapshot.problem, /960 × 540/);
});

test("a wrong codec is a failure at once", async (context) => {
  const { presentation, time } = await present(context, VP8);
  await time.pass(200);
  assert.equal(presentation.snapshot.phase, "failed");
  assert.match(presentation.snapshot.problem, /VP8/);
});

for (const [what, says] of [["nothing", NOTHING], ["a smaller picture", SMALL]]) {
  test(`a presentation that was live and sends ${what} after a reconnection waits, and is live again by itself`, async (context) => {
    const { presentation, time, sender, rooms } = await present(context, GOOD);
    await time.pass(200);
    assert.equal(presentation.snapshot.phase, "live");
    const since = presentation.snapshot.liveSince;
    sender.says = says;
    publish(rooms[0]);
    await time.pass(60_000);
    assert.equal(presentation.snapshot.phase, "reconnecting");
    assert.notEqual(presentation.snapshot.problem, null);
    sender.says = GOOD;
    await time.pass(200);
    assert.deepEqual([presentation.snapshot.phase, presentation.snapshot.problem], ["live", null]);
    assert.equal(presentation.snapshot.liveSince, since);
  });
}

test("what a heartbeat hears is old once the presentation has stopped", async (context) => {
  let stop = () => {};
  const answer = (asked) => {
    if (asked.url.endsWith("heartbeat")) stop();
    return willing(asked);
  };
  const { presentation, time, beat, server } = await present(context, GOOD, answer);
  await time.pass(200);
  const told = context.mock.fn();
  presentation.addEventListener("wall", told);
  stop = () => void presentation.stop();
  await time.passUntil(() => (beat(), server.asked.some(({ method }) => method === "DELETE")), "it stops while a heartbeat is under way");
  await time.pass(500);
  assert.equal(told.mock.callCount(), 0);
});

test("a wrong codec after a reconnection is a failure", async (context) => {
  const { presentation, time, sender, rooms } = await present(context, GOOD);
  await time.pass(200);
  sender.says = VP8;
  publish(rooms[0]);
  await time.pass(200);
  assert.equal(presentation.snapshot.phase, "failed");
});

test("stills are sent under the lease while displays need them, and none of a picture that is paused", async (context) => {
  let isNeeded = true;
  const answer = (asked) => {
    if (asked.url.includes("/still")) return { status: 204, text: "" };
    return asked.url.endsWith("heartbeat") && isNeeded ? { body: { ...UNNEEDED, still_every_ms: 3000 } } : willing(asked);
  };
  const { presentation, time, beat, capture, server } = await present(context, GOOD, answer);
  openDarkroom(context, async () => new Blob(["RIFF"], { type: "image/webp" }));
  const stills = () => server.asked.filter(({ url }) => url.startsWith("/api/presenter/v1/still"));
  await time.pass(200);
  await time.passUntil(() => (beat(), stills().length === 2), "two stills");
  const [{ url, headers, body }] = stills();
  assert.match(url, /still\?session_id=1&taken_ms=\d+&age_ms=\d+$/);
  assert.deepEqual([headers["x-lease"], body], [example("presenter_token").lease, "RIFF"]);
  capture.muted = true;
  await until(() => (beat(), presentation.snapshot.notice !== null), "the pause is told");
  await time.pass(500);
  const made = stills().length;
  await time.pass(7000);
  assert.equal(stills().length, made);
  capture.muted = false;
  await time.passUntil(() => (beat(), stills().length > made), "stills again");
  isNeeded = false;
});

/** The controller puts a page out. @param {import("./support/fake_livekit.mjs").FakeRoom} room */
function putOut(room) {
  room.emit(LivekitClient.RoomEvent.Disconnected, LivekitClient.DisconnectReason.PARTICIPANT_REMOVED);
}

const SIGN_IN = { status: 401, body: { error: "sign_in", message: "sign in first, at /login", details: {} } };

test("a presenter who is signed out is told so while the picture goes on, and the link waits for them", async (context) => {
  context.mock.method(console, "warn", () => {});
  let isSignedOut = false;
  const { presentation, time, beat, rooms } = await present(context, GOOD, (asked) => (isSignedOut ? SIGN_IN : willing(asked)));
  await time.pass(200);
  isSignedOut = true;
  await until(() => (beat(), presentation.snapshot.notice !== null), "the notice");
  assert.match(presentation.snapshot.notice, /signed out.*\/login/);
  assert.equal(presentation.snapshot.phase, "live");

  putOut(rooms[0]);
  await time.passUntil(() => presentation.snapshot.problem !== null, "another token is refused");
  assert.equal(presentation.snapshot.phase, "reconnecting");

  isSignedOut = false;
  await time.passUntil(() => (beat(), presentation.snapshot.phase === "live"), "live again");
  await until(() => (beat(), presentation.snapshot.notice === null), "the notice is gone");
});

test("a presenter whose page is not understood is told so while the picture goes on", async (context) => {
  const malformed = { status: 400, body: { error: "malformed", message: "sender: too much", details: {} } };
  const refusing = (asked) => (asked.url.endsWith("heartbeat") ? malformed : willing(asked));
  const { presentation, time, beat } = await present(context, GOOD, refusing);
  await time.pass(200);
  await until(() => (beat(), presentation.snapshot.notice !== null), "the notice");
  assert.match(presentation.snapshot.notice, /does not take.*sender: too much$/);
  assert.equal(presentation.snapshot.phase, "live");
});

test("a presentation that lost its session ends in the controller's words", async (context) => {
  const lost = { error: "lease_lost", message: "this page does not hold the session any more; press Share to present again", details: {} };
  const refusing = (asked) => (asked.url.endsWith("heartbeat") ? { status: 409, body: lost } : willing(asked));
  const { presentation, time, beat } = await present(context, GOOD, refusing);
  await time.pass(200);
  await until(() => (beat(), presentation.snapshot.phase === "failed"), "the end");
  assert.equal(presentation.snapshot.problem, lost.message);
});

const TAKEN = { status: 409, body: example("refusal") };
const RIVAL = { holder: "paula", leaseId: TAKEN.body.details.lease_id };
/** @param {import("./support/json_server.mjs").Asked} asked */
const isForToken = ({ url }) => url.endsWith("livekit-token");

test("a session that another has is offered to be taken over, once the presenter says so", async (context) => {
  const answer = (asked) => (isForToken(asked) && asked.body.take_over === null ? TAKEN : willing(asked));
  const { presentation, time, server } = await present(context, GOOD, answer);
  assert.deepEqual([presentation.snapshot.phase, presentation.snapshot.rival], ["failed", RIVAL]);
  assert.match(presentation.snapshot.problem, /paula is presenting/);

  void presentation.start(1, RIVAL);
  await time.passUntil(() => presentation.snapshot.phase === "live", "live");
  assert.equal(presentation.snapshot.rival, null);
  assert.deepEqual(server.asked.filter(isForToken).map((asked) => asked.body.take_over), [null, RIVAL.leaseId]);
});

test("a presenter whose place was taken is told by whom, and their page does not fight for it", async (context) => {
  context.mock.method(console, "warn", () => {});
  let isTaken = false;
  const { presentation, time, rooms, server } = await present(context, GOOD, (asked) => (isTaken ? TAKEN : willing(asked)));
  await time.pass(200);
  isTaken = true;
  putOut(rooms[0]);
  await time.passUntil(() => presentation.snapshot.phase === "failed", "the end");
  assert.match(presentation.snapshot.problem, /^paula took over/);
  assert.equal(presentation.snapshot.rival, null);
  const before = server.asked.length;
  await time.pass(60_000);
  assert.equal(server.asked.length, before);
});

test("a presenter hears from a heartbeat, too, who took over", async (context) => {
  const lost = { error: "lease_lost", message: "paula presents in this session now", details: { holder: "paula" } };
  const refusing = (asked) => (asked.url.endsWith("heartbeat") ? { status: 409, body: lost } : willing(asked));
  const { presentation, time, beat } = await present(context, GOOD, refusing);
  await time.pass(200);
  await until(() => (beat(), presentation.snapshot.phase === "failed"), "the end");
  assert.match(presentation.snapshot.problem, /^paula took over/);
});

/** How often something was asked. @param {{asked: {method: string, url: string}[]}} server @param {string} method */
const times = (server, method) => server.asked.filter((asked) => asked.method === method && !asked.url.endsWith("heartbeat")).length;

test("a session is given back in the end to a controller that was away", async (context) => {
  let away = 3;
  const answer = (asked) => (asked.method === "DELETE" && away-- > 0 ? null : willing(asked));
  const { presentation, time, server } = await present(context, GOOD, answer);
  await time.pass(200);
  const ended = presentation.stop();
  assert.equal(presentation.snapshot.phase, "idle", "the presenter waits for nothing");
  await time.passUntil(() => times(server, "DELETE") === 4, "the session is given back");
  await ended;
});

test("a controller that stays away is asked for a minute", async (context) => {
  const warned = context.mock.method(console, "warn", () => {}).mock;
  const { presentation, time } = await present(context, GOOD, (asked) => (asked.method === "DELETE" ? null : willing(asked)));
  await time.pass(200);
  void presentation.stop();
  await time.pass(59_000);
  assert.equal(warned.callCount(), 0);
  await time.passUntil(() => warned.callCount() > 0, "an end of it");
});

test("a new start ends the giving back, and names the lease again", async (context) => {
  let isAway = true;
  const away = { status: 503, body: { error: "store_unavailable", message: "the store does not answer", details: {} } };
  const answer = (asked) => (asked.method === "DELETE" && isAway ? away : willing(asked));
  const { presentation, time, server } = await present(context, GOOD, answer);
  await time.pass(200);
  void presentation.stop();
  await time.passUntil(() => times(server, "DELETE") >= 2, "it is tried again");
  void presentation.start(1);
  await time.passUntil(() => presentation.snapshot.phase === "live", "live again");
  const before = times(server, "DELETE");
  await time.pass(5000);
  assert.equal(times(server, "DELETE"), before);
  isAway = false;
  const tokens = server.asked.filter((asked) => asked.url.endsWith("livekit-token"));
  assert.deepEqual(tokens.map((asked) => asked.body.lease), [null, example("presenter_token").lease]);
});

test("each second the room is told that the page lives, also while the controller does not answer", async (context) => {
  let isAway = false;
  const { time, beat, rooms } = await present(context, GOOD, (asked) => (isAway && asked.url.endsWith("heartbeat") ? null : willing(asked)));
  await time.pass(200);
  isAway = true;
  for (let seconds = 0; seconds < 3; seconds++) {
    beat();
    await time.pass(1000);
  }
  const told = rooms[0].told.slice(-3);
  assert.deepEqual(told.map(({ options }) => options), Array(3).fill({ reliable: false, topic: "beat" }));
  assert.deepEqual(Object.keys(told[0]).toSorted(), ["options", ...Object.keys(example("presenter_beat"))].toSorted());
  assert.deepEqual(told.map(({ sequence }) => sequence - told[0].sequence), [0, 1, 2]);
  assert.equal(told[0].frames_encoded, 30);
});

test("the limits of the answer are put in force, told as such, and hold for the next publication too", async (context) => {
  const limits = { max_bitrate_bps: 3_750_000, max_frames_per_second: 11 };
  const answer = (asked) => (asked.url.endsWith("heartbeat") ? { body: { ...UNNEEDED, limits } } : willing(asked));
  const { presentation, time, beat, rooms, server } = await present(context, GOOD, answer);
  const applied = () => server.asked.findLast(({ url }) => url.endsWith("heartbeat"))?.body.sender?.applied ?? null;
  await time.pass(200);
  await until(() => (beat(), applied() !== null), "the limits are told as applied");
  assert.deepEqual(applied(), limits);
  rooms[0].emit(LivekitClient.RoomEvent.Disconnected);
  await time.passUntil(() => rooms.length === 2 && presentation.snapshot.phase === "live", "live again");
  await until(() => (beat(), presentation.snapshot.sender?.applied), "in force again");
  assert.deepEqual(presentation.snapshot.sender?.applied, limits);
});

test("a screen that the system does not give is told as paused", async (context) => {
  const { presentation, time, beat, capture, rooms, server } = await present(context, GOOD);
  await time.pass(200);
  capture.muted = true;
  capture.dispatchEvent(new Event("mute"));
  await until(() => presentation.snapshot.notice !== null, "the notice");
  assert.match(presentation.snapshot.notice, /gives no picture/);
  assert.equal(rooms[0].told.at(-1).paused, true);
  assert.equal(server.asked.at(-1).body.phase, "paused");
  capture.muted = false;
  await until(() => (beat(), presentation.snapshot.notice === null), "the notice is gone");
});

test("a page whose place in the room another tab has taken ends, and leaves that tab the session", async (context) => {
  const { presentation, time, rooms, server } = await present(context, GOOD);
  await time.pass(200);
  rooms[0].emit(LivekitClient.RoomEvent.Disconnected, LivekitClient.DisconnectReason.DUPLICATE_IDENTITY);
  await until(() => presentation.snapshot.phase === "failed", "the end");
  assert.match(presentation.snapshot.problem, /another tab/);
  await time.pass(5000);
  assert.equal(times(server, "DELETE"), 0);
});

test("a lost link comes back with the token that is still good, and the same capture", async (context) => {
  const { presentation, time, rooms, server } = await present(context, GOOD);
  await time.pass(200);
  rooms[0].emit(LivekitClient.RoomEvent.Disconnected);
  await time.passUntil(() => rooms.length === 2 && presentation.snapshot.phase === "live", "live again");
  assert.equal(server.asked.filter(isForToken).length, 1);
});

for (const [what, cut] of [
  ["whose network is gone", () => dispatchOffline()],
  ["to which nothing comes back any more", () => {}],
]) {
  test(`a page ${what} starts afresh rather than wait for the SDK`, async (context) => {
    const transport = { id: "transport", type: "transport", bytesReceived: 0 };
    let isCut = false;
    const says = () => statsReport(VP9, outbound(), { ...transport, bytesReceived: isCut ? 0 : (transport.bytesReceived += 40) });
    const { presentation, time, rooms } = await present(context, says);
    await time.pass(10_000);
    assert.equal(rooms.length, 1, "all is well");
    isCut = true;
    cut();
    await time.pass(1900);
    assert.equal(rooms.length, 1, "a moment is no loss");
    await time.passUntil(() => presentation.snapshot.problem !== null, "the presenter is told");
    assert.match(presentation.snapshot.problem ?? "", /network|Nothing comes back/);
    await time.passUntil(() => rooms.length > 1, "a fresh start");
  });
}

function dispatchOffline() {
  globalThis.navigator.onLine = false;
  dispatchEvent(new Event("offline"));
}
