import assert from "node:assert/strict";
import { test } from "node:test";

import { LeaseMemory } from "../../presenter_page/js/lease_memory.js";
import { openBrowser, openTab } from "./support/fake_screen.mjs";

test("a tab recalls the lease that it remembered, again and again, and only the last", async (context) => {
  openBrowser(context);
  const memory = new LeaseMemory();
  assert.equal(await memory.recall(), null);
  await memory.remember("first");
  await memory.remember("second");
  assert.deepEqual([await memory.recall(), await memory.recall()], ["second", "second"]);
});

test("a reloaded tab recalls the lease of the page before", async (context) => {
  openBrowser(context);
  sessionStorage.setItem("marquee-lease", "first");
  assert.equal(await new LeaseMemory().recall(), "first");
});

test("a duplicated tab does not name the first tab's lease, and gets its own", async (context) => {
  openBrowser(context);
  const first = new LeaseMemory();
  await first.remember("first");
  globalThis.sessionStorage = openTab(sessionStorage);
  const duplicate = new LeaseMemory();
  assert.equal(await duplicate.recall(), null);
  await duplicate.remember("second");
  assert.equal(await duplicate.recall(), "second");
});
