import assert from "node:assert/strict";
import { test } from "node:test";

import { PictureWatch } from "../../kiosk/page/picture_watch.js";

const NOBODY = { isPresenterHere: false, isSubscribed: false, hasFrame: false };
const NO_SCREEN = { isPresenterHere: true, isSubscribed: false, hasFrame: false };
const NO_FRAME = { isPresenterHere: true, isSubscribed: true, hasFrame: false };
const SHOWING = { isPresenterHere: true, isSubscribed: true, hasFrame: true };

for (const [seen, words] of [[NO_SCREEN, /not their screen/], [NO_FRAME, /without a frame/]]) {
  test(`five seconds are enough: ${words}`, () => {
    const watch = new PictureWatch();
    assert.equal(watch.look(seen, 0), null);
    assert.equal(watch.look(seen, 4999), null);
    assert.equal(watch.isWell, false);
    assert.match(watch.look(seen, 5000), words);
  });
}

test("an empty stage and a standing picture miss nothing for ever", () => {
  for (const seen of [NOBODY, SHOWING]) {
    const watch = new PictureWatch();
    for (const nowMs of [0, 5000, 86_400_000]) assert.equal(watch.look(seen, nowMs), null);
    assert.equal(watch.isWell, true);
  }
});

test("a step forward is given its own five seconds", () => {
  const watch = new PictureWatch();
  watch.look(NO_SCREEN, 0);
  assert.equal(watch.look(NO_FRAME, 4000), null);
  assert.equal(watch.look(NO_FRAME, 8999), null);
  assert.equal(watch.look(SHOWING, 9000), null);
});
