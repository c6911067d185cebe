// The fake offers nothing that the SDK does not have.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Room } from "livekit-client";

import { FakeRoom, useLivekit } from "./support/fake_livekit.mjs";
import "./support/page_globals.mjs";

test("all that the fake room offers, the SDK's room has", () => {
  const real = new Room();
  const offered = [...Object.getOwnPropertyNames(FakeRoom.prototype), "on", "removeAllListeners", "remoteParticipants", "localParticipant"];
  for (const name of offered) assert.ok(name in real, name);
  assert.ok("publishTrack" in real.localParticipant);
});

test("a fake room is connected until it is left, and each one made is known", async (context) => {
  const rooms = useLivekit(context);
  const room = new LivekitClient.Room();
  assert.equal(rooms.at(-1), room);
  await room.connect();
  assert.equal(room.state, LivekitClient.ConnectionState.Connected);
  await room.disconnect();
  assert.equal(room.state, LivekitClient.ConnectionState.Disconnected);
});
