import assert from "node:assert/strict";
import { test } from "node:test";

test("the worker beats once a second", async (context) => {
  context.mock.timers.enable({ apis: ["setInterval"] });
  const beats = [];
  globalThis.postMessage = (message) => beats.push(message);
  context.after(() => delete globalThis.postMessage);

  await import("../../presenter_page/js/heartbeat_worker.js");
  context.mock.timers.tick(3000);

  assert.deepEqual(beats, ["beat", "beat", "beat"]);
});
