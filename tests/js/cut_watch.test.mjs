import assert from "node:assert/strict";
import { test } from "node:test";

import { CutWatch } from "../../presenter_page/js/cut_watch.js";

test("a link is cut when nothing comes for three seconds", () => {
  const watch = new CutWatch();
  assert.equal(watch.look(100, 0), false);
  assert.equal(watch.look(140, 2900), false);
  assert.equal(watch.look(140, 5899), false);
  assert.equal(watch.look(140, 5900), true);
  assert.equal(watch.look(180, 6000), false);
});

test("what is not known cuts nothing", () => {
  const watch = new CutWatch();
  for (const nowMs of [0, 10_000, 20_000]) assert.equal(watch.look(null, nowMs), false);
  assert.equal(watch.look(0, 30_000), false);
  assert.equal(watch.look(0, 32_000), false);
});
