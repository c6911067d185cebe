import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";

import { Refusal, Unreachable } from "../../presenter_page/js/controller_api.js";
import { RoomLink } from "../../presenter_page/js/room_link.js";
import { example } from "./support/examples.mjs";
import { answerKnocks, failToConnect, publish, unheardBySfu, useLivekit } from "./support/fake_livekit.mjs";
import { moveTime } from "./support/moved_time.mjs";
import "./support/page_globals.mjs";

const taken = () => new Refusal(409, example("refusal"));
const sfuAway = () => new Refusal(503, { error: "sfu_unreachable", message: "the SFU does not answer" });

/** A link whose token requests fail one after the other. @param {Error[]} refusals */
function linkRefused(...refusals) {
  const troubles = [];
  const link = new RoomLink(/** @type {any} */ ({}), {
    token: () => Promise.reject(refusals.shift()),
    published: () => assert.fail("nothing can be published"),
    lost: (trouble) => troubles.push(trouble),
  });
  return { link, troubles };
}

test("a refusal that no other try can mend ends the link at once", async () => {
  const { link, troubles } = linkRefused(taken());
  await assert.rejects(link.run(), { code: "session_taken" });
  assert.deepEqual(troubles, []);
});

test("what may pass is tried again, and the presenter hears why it takes so long", async (context) => {
  context.mock.method(console, "warn", () => {});
  const { link, troubles } = linkRefused(sfuAway(), new Unreachable(), taken());
  await assert.rejects(link.run(), { code: "session_taken" });
  assert.deepEqual(troubles, ["the SFU does not answer", "The controller cannot be reached."]);
});

test("a link closed while it asks for a token joins no room", async (context) => {
  let joined = false;
  const Room = () => (joined = true);
  Object.defineProperty(globalThis, "LivekitClient", { get: Room, configurable: true });
  context.after(() => delete globalThis.LivekitClient);
  const answers = new EventTarget();
  const link = new RoomLink(/** @type {any} */ ({}), {
    token: () => once(answers, "token").then(() => example("presenter_token")),
    published: () => {},
    lost: () => {},
  });

  const running = link.run();
  link.close();
  answers.dispatchEvent(new Event("token"));
  await running;

  assert.equal(joined, false);
});

test("a refusal that comes after the link was closed disturbs nobody", async (context) => {
  context.mock.method(console, "warn", () => {});
  const { link, troubles } = linkRefused(taken());
  const running = link.run();
  link.close();
  await running;
  assert.deepEqual(troubles, []);
});

test("a media server that was not heard is knocked at, and no websocket opened until it answers", async (context) => {
  const time = moveTime(context);
  context.mock.method(console, "warn", () => {});
  const rooms = useLivekit(context, (room) => rooms.length === 1 && failToConnect(room, unheardBySfu()));
  const sfu = answerKnocks();
  let publications = 0;
  sfu.isAway = true;
  const link = new RoomLink(/** @type {any} */ ({}), {
    token: async () => example("presenter_token"),
    published: () => publications++,
    lost: () => {},
  });

  const running = link.run();
  await time.pass(5000);
  assert.ok(sfu.knocks > 20, `${sfu.knocks} knocks`);
  assert.equal(rooms.length, 1);
  sfu.isAway = false;
  await time.pass(1000);
  assert.equal(publications, 1);
  assert.equal(rooms.length, 2);
  link.close();
  await running;
});

test("the picture's detail is kept at every publication, and asked for before anything is encoded", async (context) => {
  const hints = [];
  const capture = {
    set contentHint(hint) {
      hints.push(hint);
    },
  };
  const rooms = useLivekit(context);
  const link = new RoomLink(/** @type {any} */ (capture), { token: async () => example("presenter_token"), published: () => hints.push("published"), lost: () => {} });
  const running = link.run();
  while (!hints.includes("published")) await new Promise(setImmediate);
  publish(rooms[0], capture);
  assert.deepEqual(hints, ["motion", "detail", "published", "motion", "detail", "published"]);
  link.close();
  await running;
});
