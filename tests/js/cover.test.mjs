import assert from "node:assert/strict";
import { test } from "node:test";

import { Cover } from "../../kiosk/page/cover.js";

const LIVE = { isLive: true, hasFrame: true, hasStill: false };
const TROUBLED = { isLive: false, hasFrame: true, hasStill: false };
const EMPTY = { isLive: false, hasFrame: false, hasStill: false };

test("the last frame is dimmed for eight seconds, then a card lies over it", () => {
  const cover = new Cover();
  assert.equal(cover.look(LIVE, 0), "nothing");
  assert.equal(cover.look(TROUBLED, 1000), "veil");
  assert.equal(cover.look(TROUBLED, 8999), "veil");
  assert.equal(cover.look(TROUBLED, 9000), "card");
  assert.equal(cover.look(LIVE, 9100), "nothing");
  assert.equal(cover.look(TROUBLED, 60_000), "veil");
});

test("a still takes the place of veil and card, and gives way to the moving picture", () => {
  const cover = new Cover();
  assert.equal(cover.look(TROUBLED, 0), "veil");
  assert.equal(cover.look({ ...TROUBLED, hasStill: true }, 5000), "still");
  assert.equal(cover.look({ ...EMPTY, hasStill: true }, 60_000), "still");
  assert.equal(cover.look({ ...LIVE, hasStill: true }, 61_000), "nothing");
});

test("a still that went leaves the card, not a last frame from long ago", () => {
  const cover = new Cover();
  cover.look({ ...TROUBLED, hasStill: true }, 0);
  assert.equal(cover.look(TROUBLED, 30_000), "card");
});

test("without a frame there is nothing to dim", () => {
  assert.equal(new Cover().look(EMPTY, 0), "card");
});
