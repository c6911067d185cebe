import assert from "node:assert/strict";
import { test } from "node:test";

import { Knocks } from "../../joining/knock.js";
import { serveJson } from "./support/json_server.mjs";

/** Knock where this is answered. @param {import("node:test").TestContext} context @param {{status?: number} | null} answer */
async function knock(context, answer) {
  const { origin, asked } = await serveJson(context, () => answer);
  return { isHeard: await new Knocks().isAnswered({ sfu_url: `${origin.replace("http", "ws")}/`, token: "a+b" }), asked };
}

for (const status of [200, 401, 403, 404]) {
  test(`${status} is an answer, whatever it says of the token`, async (context) => {
    assert.equal((await knock(context, { status })).isHeard, true);
  });
}

for (const [what, answer] of /** @type {const} */ ([["a proxy's 502", { status: 502 }], ["a connection that breaks", null]])) {
  test(`${what} is none`, async (context) => {
    assert.equal((await knock(context, answer)).isHeard, false);
  });
}

test("whoever is not there does not answer", async () => {
  assert.equal(await new Knocks().isAnswered({ sfu_url: "ws://127.0.0.1:9", token: "t" }), false);
});

test("a knock whose packets were lost does not keep the next from being heard", async (context) => {
  const { origin, asked } = await serveJson(context, () => (asked.length === 1 ? "silence" : {}));
  assert.equal(await new Knocks().isAnswered({ sfu_url: origin.replace("http", "ws"), token: "t" }), true);
  assert.equal(asked.length, 2);
});

test("whoever says nothing does not answer", async (context) => {
  const { origin } = await serveJson(context, () => "silence");
  assert.equal(await new Knocks().isAnswered({ sfu_url: origin.replace("http", "ws"), token: "t" }), false);
});

test("it shows the token where the door looks for it", async (context) => {
  const { asked } = await knock(context, {});
  assert.deepEqual(asked.map(({ method, url }) => [method, url]), [["GET", "/rtc/validate?sdk=go&access_token=a%2Bb"]]);
});

test("while knocks hang a dozen websockets are worth a try, and few knocks are begun; a late answer is heard", { timeout: 20_000 }, async (context) => {
  const late = /** @type {(() => void)[]} */ ([]);
  const { origin } = await serveJson(context, () => new Promise((resolve) => late.push(() => resolve({}))));
  const knocks = new Knocks();
  const token = { sfu_url: origin.replace("http", "ws"), token: "t" };
  for (let tries = 0; tries < 12; tries++) assert.equal(await knocks.mayJoin(token), true);
  assert.equal(await knocks.mayJoin(token), false);
  assert.equal(late.length, 2);
  late[0]?.();
  assert.equal(await knocks.isAnswered(token), true);
});
