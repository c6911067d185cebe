import assert from "node:assert/strict";
import { test } from "node:test";

import { causeOf, isNoTrouble, StandstillWatch } from "../../kiosk/page/standstill.js";

const ALL = ["beats", "encoded", "arrived", "lost", "received", "decoded", "presented"];
const FINE = { isOffline: false, isPaused: false, isPresenterHeard: true };

/** Everything grew just now, but these, which have stood for so long. @param {number} ms @param {...string} names */
const stood = (ms, ...names) => /** @type {any} */ ({ ...Object.fromEntries(ALL.map((name) => [name, 0])), lost: 60_000, ...Object.fromEntries(names.map((name) => [name, ms])) });

const CAUSES = /** @type {const} */ ([
  ["frames are presented", stood(2499, "presented"), {}, null],
  ["frames are presented, though no beat is heard", stood(60_000, "beats", "encoded"), {}, null],
  ["decoded, not presented", stood(2500, "presented"), {}, "renderer"],
  ["received, not decoded", stood(2500, "presented", "decoded"), {}, "decoder"],
  ["received with holes, so that nothing can be decoded", { ...stood(2500, "presented", "decoded"), lost: 300 }, {}, "network"],
  ["encoded, not received", stood(2500, "presented", "decoded", "received"), {}, "network"],
  ["nothing at all arrives", stood(2500, ...ALL), {}, "network"],
  ["nothing at all arrives, and the machine knows why", stood(2500, "presented", "decoded", "received"), { isOffline: true }, "network"],
  ["nothing is encoded", stood(2500, "presented", "decoded", "received", "encoded"), {}, "presenter_still"],
  ["nothing is encoded for an hour", stood(3_600_000, "presented", "decoded", "received", "encoded"), {}, "presenter_still"],
  ["nothing is encoded, for the presenter paused", stood(2500, "presented", "decoded", "received", "encoded"), { isPaused: true }, "presenter_paused"],
  ["two beats missed on a still screen", stood(3299, "presented", "decoded", "received", "encoded", "beats"), {}, "presenter_still"],
  ["three beats missed", stood(3300, "presented", "decoded", "received", "encoded", "beats"), {}, "presenter_silent"],
  ["a presenter whom the controller hears all the time", stood(9000, "presented", "decoded", "received", "encoded", "beats"), {}, "network"],
  ["a presenter whom nobody hears", stood(9000, "presented", "decoded", "received", "encoded", "beats"), { isPresenterHeard: false }, "presenter_silent"],
]);

for (const [what, ages, circumstances, cause] of CAUSES) {
  test(`${what}: ${cause ?? "moves"}`, () => assert.equal(causeOf(ages, { ...FINE, ...circumstances }), cause));
}

test("only a moving and a still screen are no trouble", () => {
  const causes = new Set(CAUSES.map(([, , , cause]) => cause));
  assert.deepEqual([...causes].filter(isNoTrouble).toSorted(), [null, "presenter_still"].toSorted());
});

test("ages begin at the first look, however much was counted before", () => {
  const watch = new StandstillWatch();
  const counts = /** @type {any} */ (Object.fromEntries(ALL.map((name) => [name, 4711])));
  assert.equal(watch.look(counts, FINE, 1_000_000), null);
  assert.equal(watch.look(counts, FINE, 1_002_499), null);
  assert.equal(watch.look(counts, FINE, 1_002_500), "network");
  assert.equal(watch.look({ ...counts, presented: 4712 }, FINE, 1_003_000), null);
});
