import assert from "node:assert/strict";
import { test } from "node:test";

import { sentence } from "../../controller/web/static/js/dashboard/doubt_view.js";

test("what the controller says becomes a sentence", () => {
  assert.equal(sentence("the state store came back older"), "The state store came back older.");
});
