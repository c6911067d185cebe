import assert from "node:assert/strict";
import { test } from "node:test";

import { openBrowser, openLocks, openTab } from "./support/fake_screen.mjs";

test("a worker beats when told, until it is ended", (context) => {
  const { beat } = openBrowser(context);
  const worker = new Worker("anything.js");
  let beats = 0;
  worker.addEventListener("message", () => beats++);
  beat();
  worker.terminate();
  beat();
  assert.equal(beats, 1);
});

test("a duplicated tab remembers what the first one did, and from then on its own", () => {
  const first = openTab();
  first.setItem("lease", "1");
  const second = openTab(first);
  second.setItem("lease", "2");
  assert.deepEqual([first.getItem("lease"), second.getItem("lease"), first.getItem("other")], ["1", "2", null]);
});

test("a lock is one holder's until they are done", async () => {
  const locks = openLocks();
  const now = { ifAvailable: true };
  const got = (lock) => lock !== null;
  const inside = await locks.request("one", now, async () => [await locks.request("one", now, got), await locks.request("two", now, got)]);
  assert.deepEqual([...inside, await locks.request("one", now, got)], [false, true, true]);
});
