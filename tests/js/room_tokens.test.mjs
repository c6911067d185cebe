import assert from "node:assert/strict";
import { test } from "node:test";

import { RoomTokens } from "../../joining/room_tokens.js";
import { example } from "./support/examples.mjs";
import { refusedBySfu, unheardBySfu, useLivekit } from "./support/fake_livekit.mjs";
import { moveTime } from "./support/moved_time.mjs";

/** Tokens, and how many were asked for. @param {import("node:test").TestContext} context */
function openTokens(context) {
  useLivekit(context);
  const asked = { times: 0 };
  const tokens = new RoomTokens(async () => ({ ...example("room_token"), token: `token ${++asked.times}` }));
  return { tokens, asked };
}

test("a token that is good is used again, and an expired one is not", async (context) => {
  const time = moveTime(context);
  const { tokens } = openTokens(context);
  assert.equal((await tokens.next()).token, "token 1");
  await time.pass(1000 * example("room_token").expires_in_s - 6000);
  assert.equal((await tokens.next()).token, "token 1");
  await time.pass(1500);
  assert.equal((await tokens.next()).token, "token 2");
});

test("a refused token is not shown again; one that had been good is replaced at once", async (context) => {
  const { tokens } = openTokens(context);
  await tokens.next();
  await tokens.next();
  assert.equal(tokens.refuse(refusedBySfu()), true);
  assert.equal((await tokens.next()).token, "token 2");
  assert.equal(tokens.refuse(refusedBySfu()), false, "a fresh one that is refused too is no reason for hurry");
  assert.equal((await tokens.next()).token, "token 3");
});

test("a media server that is not reached, or a try that took too long, says nothing of the token", async (context) => {
  const { tokens } = openTokens(context);
  await tokens.next();
  for (const error of [unheardBySfu(), new Error("not in time"), null]) assert.equal(tokens.refuse(error), false);
  assert.equal((await tokens.next()).token, "token 1");
});

for (const [reason, next] of [
  ["PARTICIPANT_REMOVED", "token 2"],
  ["ROOM_DELETED", "token 2"],
  ["DUPLICATE_IDENTITY", "token 2"],
  ["SERVER_SHUTDOWN", "token 1"],
  ["none", "token 1"],
]) {
  test(`after a stay that ended by ${reason} comes ${next}`, async (context) => {
    const { tokens } = openTokens(context);
    await tokens.next();
    tokens.stayEnded(LivekitClient.DisconnectReason[reason]);
    assert.equal((await tokens.next()).token, next);
  });
}

test("whoever gives no token says why", async (context) => {
  useLivekit(context);
  const tokens = new RoomTokens(() => Promise.reject(new Error("the controller is away")));
  await assert.rejects(tokens.next(), /away/);
});
