// What the forms of the pages about people say.

import assert from "node:assert/strict";
import { test } from "node:test";

import { bodyOf } from "../../controller/web/static/js/people/form_body.js";

const name = { name: "name", type: "text", value: "paula" };
const session = (/** @type {string} */ value, /** @type {boolean} */ checked) => ({ name: "sessions", type: "checkbox", value, checked });
const all = (/** @type {boolean} */ checked) => ({ name: "all_sessions", type: "checkbox", value: "on", checked });

test("texts are texts, numbers are numbers, and what has no name is not said", () => {
  const days = { name: "days", type: "number", value: "90" };
  assert.deepEqual(bodyOf([name, days, { name: "", type: "submit", value: "" }]), { name: "paula", days: 90 });
});

test("the session that was chosen is its number", () => {
  assert.deepEqual(bodyOf([{ name: "session_id", type: "select-one", value: "2" }]), { session_id: 2 });
});

test("ticked sessions are a list, wherever the tick for all stands", () => {
  const ticked = [session("1", true), session("2", false), session("3", true)];
  assert.deepEqual(bodyOf([all(false), ...ticked]), { sessions: [1, 3] });
  assert.deepEqual(bodyOf([...ticked, all(false)]), { sessions: [1, 3] });
  assert.deepEqual(bodyOf([all(false)]), { sessions: [] });
});

test("all sessions are null, whatever else is ticked", () => {
  assert.deepEqual(bodyOf([all(true), session("1", true)]), { sessions: null });
});

test("a form without anything to say says nothing", () => {
  assert.deepEqual(bodyOf([]), {});
});
