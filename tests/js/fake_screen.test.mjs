import assert from "node:assert/strict";
import { test } from "node:test";

import { openBrowser, openTab } from "./support/fake_screen.mjs";

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
