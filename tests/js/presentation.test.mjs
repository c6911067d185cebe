// What a presentation does, by the controller's answers and the sender's statistics; with a real screen, the browser tests look.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Presentation } from "../../presenter_page/js/presentation.js";
import { example } from "./support/examples.mjs";
import { publish, useLivekit } from "./support/fake_livekit.mjs";
import { openBrowser } from "./support/fake_screen.mjs";
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
const willing = ({ url }) => ({ body: url.endsWith("livekit-token") ? example("presenter_token") : example("presenter_status") });

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

test("a wrong codec after a reconnection is a failure", async (context) => {
  const { presentation, time, sender, rooms } = await present(context, GOOD);
  await time.pass(200);
  sender.says = VP8;
  publish(rooms[0]);
  await time.pass(200);
  assert.equal(presentation.snapshot.phase, "failed");
});

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

  rooms[0].emit(LivekitClient.RoomEvent.Disconnected);
  await time.passUntil(() => presentation.snapshot.problem !== null, "another token is refused");
  assert.equal(presentation.snapshot.phase, "reconnecting");

  isSignedOut = false;
  await time.passUntil(() => (beat(), presentation.snapshot.phase === "live"), "live again");
  await until(() => (beat(), presentation.snapshot.notice === null), "the notice is gone");
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
  rooms[0].emit(LivekitClient.RoomEvent.Disconnected);
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
