import assert from "node:assert/strict";
import { test } from "node:test";

import { IdentifyView } from "../../kiosk/page/identify_view.js";

/** A view, and what it shows. */
function make() {
  const [panel, name] = [{ hidden: true }, { textContent: "" }];
  return { view: new IdentifyView(/** @type {any} */ (panel), /** @type {any} */ (name)), panel, name };
}

test("the name is shown for as long as it is wanted, and goes by itself", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { view, panel, name } = make();
  view.show("lobby", 10_000);
  assert.deepEqual([view.isShown, name.textContent], [true, "lobby"]);
  context.mock.timers.tick(9_999);
  assert.equal(view.isShown, true);
  context.mock.timers.tick(1);
  assert.equal(panel.hidden, true);
});

test("the next view counts from then on; one without a time hides it", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { view } = make();
  view.show("lobby", 10_000);
  context.mock.timers.tick(5_000);
  view.show("lobby", 9_000);
  context.mock.timers.tick(8_000);
  assert.equal(view.isShown, true);
  view.show("lobby", 0);
  assert.equal(view.isShown, false);
  view.show("lobby", null);
  assert.equal(view.isShown, false);
});
