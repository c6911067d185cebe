import assert from "node:assert/strict";
import { test } from "node:test";

import { nextTryWords } from "../../kiosk/page/cards.js";

test("the card counts down in whole seconds", () => {
  assert.equal(nextTryWords(9001), "Next try in 10 s");
  assert.equal(nextTryWords(1000), "Next try in 1 s");
  assert.equal(nextTryWords(1), "Next try in 1 s");
});

test("a try that is due is being made", () => {
  assert.equal(nextTryWords(0), "Trying now");
  assert.equal(nextTryWords(-3000), "Trying now");
});
