import assert from "node:assert/strict";
import { test } from "node:test";

import { Remedies } from "../../kiosk/page/remedies.js";

/** What is done in so many seconds, by the second. @param {Remedies} remedies @param {any} cause @param {number} seconds @param {number} [fromS] */
function done(remedies, cause, seconds, fromS = 0) {
  const found = [];
  for (let atS = fromS; atS < fromS + seconds; atS++) {
    const remedy = remedies.look(cause, 1000 * atS);
    if (remedy !== null) found.push(`${atS - fromS} ${remedy}`);
  }
  return found;
}

for (const cause of ["decoder", "renderer"]) {
  test(`${cause}: the track anew, then the room three times, then no more`, () => {
    assert.deepEqual(done(new Remedies(), cause, 3600), ["2 resubscribe", "6 rejoin", "18 rejoin", "30 rejoin"]);
  });
}

test("a network is tried for ever, at most five times a minute", () => {
  const found = done(new Remedies(), "network", 600);
  assert.deepEqual(found.slice(0, 3), ["6 rejoin", "18 rejoin", "30 rejoin"]);
  assert.equal(found.length, 50);
});

for (const cause of [null, "presenter_still", "presenter_paused", "presenter_silent"]) {
  test(`${cause}: there is nothing to mend here`, () => assert.deepEqual(done(new Remedies(), cause, 60), []));
}

test("a picture that moved again is mended anew", () => {
  const remedies = new Remedies();
  done(remedies, "decoder", 60);
  assert.deepEqual(done(remedies, null, 1, 60), []);
  assert.deepEqual(done(remedies, "decoder", 10, 61), ["2 resubscribe", "6 rejoin"]);
});
