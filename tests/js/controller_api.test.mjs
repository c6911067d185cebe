import assert from "node:assert/strict";
import { test } from "node:test";

import { ask, Refusal, Unreachable, sendPicture } from "../../presenter_page/js/controller_api.js";
import { example } from "./support/examples.mjs";
import { serveJson } from "./support/json_server.mjs";
import { openPageAt } from "./support/page_globals.mjs";

const PATH = "/api/presenter/v1/heartbeat";

test("a message goes out as JSON and the answer comes back", async (context) => {
  const server = await serveJson(context, () => ({ body: example("presenter_status") }));
  openPageAt(server.origin);

  const answer = await ask("POST", PATH, example("presenter_heartbeat"));

  assert.deepEqual(answer, example("presenter_status"));
  const [asked] = server.asked;
  assert.equal(asked.method, "POST");
  assert.equal(asked.url, PATH);
  assert.equal(asked.headers["content-type"], "application/json");
  assert.deepEqual(asked.body, example("presenter_heartbeat"));
});

test("a refusal carries the controller's code and words", async (context) => {
  const refusal = example("refusal");
  openPageAt((await serveJson(context, () => ({ status: 409, body: refusal }))).origin);

  await assert.rejects(ask("POST", PATH, {}), (error) => {
    assert.ok(error instanceof Refusal);
    assert.equal(error.status, 409);
    assert.equal(error.code, refusal.error);
    assert.equal(error.message, refusal.message);
    return true;
  });
});

test("a picture goes as it is, with its headers", async (context) => {
  const server = await serveJson(context, () => ({ status: 204, text: "" }));
  openPageAt(server.origin);

  await sendPicture("/still?age_ms=7", new Blob(["RIFF"], { type: "image/webp" }), { "X-Lease": "secret" });

  const [{ method, url, headers, body }] = server.asked;
  assert.deepEqual([method, url, headers["content-type"], headers["x-lease"], body], ["POST", "/still?age_ms=7", "image/webp", "secret", "RIFF"]);
});

test("a picture that is refused says why", async (context) => {
  const refusal = { error: "still_outdated", message: "send the next one" };
  openPageAt((await serveJson(context, () => ({ status: 409, body: refusal }))).origin);

  await assert.rejects(sendPicture("/still", new Blob(), {}), { code: "still_outdated", message: "send the next one" });
});

test("a refusal that is no JSON, as a proxy's, is told by its status", async (context) => {
  openPageAt((await serveJson(context, () => ({ status: 502, text: "<h1>Bad Gateway</h1>" }))).origin);

  await assert.rejects(ask("POST", PATH, {}), (error) => {
    assert.ok(error instanceof Refusal);
    assert.equal(error.code, "nonsense");
    assert.match(error.message, /502/);
    return true;
  });
});

test("a controller that is away is unreachable, in words", async (context) => {
  openPageAt((await serveJson(context, () => null)).origin);

  await assert.rejects(ask("DELETE", PATH, {}), (error) => {
    assert.ok(error instanceof Unreachable);
    assert.equal(error.message, "The controller cannot be reached.");
    return true;
  });
});
