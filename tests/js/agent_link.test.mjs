import assert from "node:assert/strict";
import { test } from "node:test";

import { AgentLink, Refused } from "../../kiosk/page/agent_link.js";
import { example } from "./support/examples.mjs";
import { serveJson } from "./support/json_server.mjs";
import { openPageAt } from "./support/page_globals.mjs";

const KEY = "secret-of-this-start";

/** @param {string} kind */
const viewOf = (kind) => ({ card: { kind }, joins: false, presenter_identity: null });

/** @param {AgentLink} agent @param {number} count */
async function firstViews(agent, count) {
  const seen = [];
  for await (const view of agent.views()) {
    seen.push(view.card.kind);
    if (seen.length === count) return seen;
  }
  return seen;
}

/** @param {import("node:test").TestContext} context @param {Parameters<typeof serveJson>[1]} answer */
async function agentThat(context, answer) {
  const server = await serveJson(context, answer);
  openPageAt(server.origin);
  return { agent: new AgentLink(KEY), asked: server.asked };
}

test("views come one after the other, each asked for by the number before", async (context) => {
  const answers = [
    { number: 4, view: viewOf("pending") },
    { number: 4, view: viewOf("pending") },
    { number: 5, view: viewOf("ready") },
  ];
  const { agent, asked } = await agentThat(context, () => ({ body: answers.shift() }));

  assert.deepEqual(await firstViews(agent, 2), ["pending", "ready"]);
  assert.deepEqual(
    asked.map((request) => request.url),
    ["/view?after=-1", "/view?after=4", "/view?after=4"],
  );
});

test("the page's key goes with every request", async (context) => {
  const { agent, asked } = await agentThat(context, () => ({ body: example("room_token") }));

  await agent.roomToken();
  await agent.report({});

  assert.deepEqual(
    asked.map((request) => [request.url, request.headers["x-kiosk-key"]]),
    [
      ["/livekit-token", KEY],
      ["/report", KEY],
    ],
  );
});

test("an agent that has no view yet is asked again", async (context) => {
  const answers = [
    { number: 0, view: {} },
    { number: 1, view: viewOf("starting") },
  ];
  const { agent } = await agentThat(context, () => ({ body: answers.shift() }));

  assert.deepEqual(await firstViews(agent, 1), ["starting"]);
});

test("an agent that is away is asked again, and the console tells why", async (context) => {
  const warn = context.mock.method(console, "warn", () => {});
  const answers = [null, { status: 500 }, { body: { number: 1, view: viewOf("ready") } }];
  const { agent } = await agentThat(context, () => answers.shift());

  assert.deepEqual(await firstViews(agent, 1), ["ready"]);
  assert.equal(warn.mock.callCount(), 2);
  assert.match(warn.mock.calls[1].arguments[0], /the agent does not answer: .*500/);
});

test("the views end when the page must be loaded again", async (context) => {
  const answers = [
    { number: 1, is_outdated: false, view: viewOf("starting") },
    { number: 2, is_outdated: true, view: viewOf("ready") },
  ];
  const { agent } = await agentThat(context, () => ({ body: answers.shift() }));

  assert.deepEqual(await firstViews(agent, 5), ["starting"]);
});

test("a room token comes as it is", async (context) => {
  const token = example("room_token");
  const { agent } = await agentThat(context, () => ({ body: token }));

  assert.deepEqual(await agent.roomToken(), token);
});

test("a refused room token says why, for programs and for people", async (context) => {
  const refusal = { error: "not_approved", message: "this display is not approved", details: {} };
  const { agent } = await agentThat(context, () => ({ status: 503, body: refusal }));

  await assert.rejects(agent.roomToken(), (error) => {
    assert.ok(error instanceof Refused);
    assert.equal(error.code, "not_approved");
    assert.equal(error.message, "this display is not approved");
    return true;
  });
});

test("a still comes with its age, and without its picture where that is known", async (context) => {
  const { agent, asked } = await agentThat(context, ({ headers }) => ({
    status: headers["if-none-match"] ? 304 : 200,
    text: headers["if-none-match"] ? "" : "RIFF",
    headers: { ETag: '"one"', "X-Still-Age-Ms": "840", "X-Transfer-Ms": "210" },
  }));

  const { picture, ...facts } = await agent.still(null);
  assert.deepEqual(facts, { etag: '"one"', ageMs: 840, transferMs: 210 });
  assert.equal(await picture.text(), "RIFF");
  assert.equal((await agent.still('"one"')).picture, null);
  assert.deepEqual(asked.map(({ headers }) => headers["x-kiosk-key"]), [KEY, KEY]);
});

test("every answer is read to its end: the browser never lets go of one that is not", async (context) => {
  const { agent } = await agentThat(context, () => ({ body: example("room_token") }));
  const { fetch } = globalThis;
  const answers = /** @type {Response[]} */ ([]);
  context.mock.method(globalThis, "fetch", async (/** @type {string} */ url, /** @type {RequestInit} */ init) => {
    answers.push(await fetch(url, init));
    return answers.at(-1);
  });

  await agent.report({});
  await agent.roomToken();

  assert.deepEqual(answers.map((answer) => answer.bodyUsed), [true, true]);
});

test("a refused still says why", async (context) => {
  const { agent } = await agentThat(context, () => ({ status: 503, body: { error: "no_still", message: "there is none" } }));

  await assert.rejects(agent.still(null), { code: "no_still", message: "there is none" });
});

test("a report that the agent refuses says why", async (context) => {
  const refusal = { error: "malformed", message: "viewer.width: too large" };
  const { agent } = await agentThat(context, () => ({ status: 400, body: refusal }));

  await assert.rejects(agent.report({}), /viewer.width: too large/);
});
