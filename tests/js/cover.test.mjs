import assert from "node:assert/strict";
import { test } from "node:test";

import { Cover } from "../../kiosk/page/cover.js";

const LIVE = { isLive: true, hasFrame: true };
const TROUBLED = { isLive: false, hasFrame: true };
const EMPTY = { isLive: false, hasFrame: false };

test("the last frame is dimmed for eight seconds, then a card lies over it", () => {
  const cover = new Cover();
  assert.equal(cover.look(LIVE, 0), "nothing");
  assert.equal(cover.look(TROUBLED, 1000), "veil");
  assert.equal(cover.look(TROUBLED, 8999), "veil");
  assert.equal(cover.look(TROUBLED, 9000), "card");
  assert.equal(cover.look(LIVE, 9100), "nothing");
  assert.equal(cover.look(TROUBLED, 60_000), "veil");
});

test("without a frame there is nothing to dim", () => {
  assert.equal(new Cover().look(EMPTY, 0), "card");
});
