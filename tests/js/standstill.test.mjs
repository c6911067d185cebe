import assert from "node:assert/strict";
import { test } from "node:test";

import { causeOf, isNoTrouble, StandstillWatch } from "../../kiosk/page/standstill.js";

const ALL = ["beats", "encoded", "arrived", "bytes", "lost", "received", "decoded", "presented"];
const FINE = { isOffline: false, isPaused: false, isPresenterHeard: true, isHeld: false };
const GOES_ON = { ageMs: 0, aheadMs: 2500 };

/** Everything goes on, but these, which have stood for so long. @param {number} ms @param {...string} names */
const stood = (ms, ...names) =>
  /** @type {any} */ ({
    ...Object.fromEntries(ALL.map((name) => [name, GOES_ON])),
    lost: { ageMs: 60_000, aheadMs: 0 },
    ...Object.fromEntries(names.map((name) => [name, { ageMs: ms, aheadMs: 0 }])),
  });

const GLASS = ["presented", "decoded", "received", "bytes"];

const CAUSES = /** @type {const} */ ([
  ["frames are presented", stood(2499, "presented"), {}, null],
  ["frames are presented, though no beat is heard", stood(60_000, "beats", "encoded"), {}, null],
  ["decoded, not presented", stood(2500, "presented"), {}, "renderer"],
  ["received, not decoded", stood(2500, "presented", "decoded"), {}, "decoder"],
  ["its bytes arrive, and no frame is made of them", stood(2500, "presented", "decoded", "received"), {}, "decoder"],
  ["received with holes, so that nothing can be decoded", { ...stood(2500, "presented", "decoded"), lost: GOES_ON }, {}, "network"],
  ["bytes arrive with holes, so that no frame is whole", { ...stood(2500, "presented", "decoded", "received"), lost: GOES_ON }, {}, "network"],
  ["encoded, not received", stood(2500, ...GLASS), {}, "network"],
  ["nothing at all arrives", stood(2500, ...ALL), {}, "network"],
  ["nothing at all arrives, and the machine knows why", stood(2500, ...GLASS), { isOffline: true }, "network"],
  ["nothing is encoded", stood(2500, ...GLASS, "encoded"), {}, "presenter_still"],
  ["nothing is encoded for an hour", stood(3_600_000, ...GLASS, "encoded"), {}, "presenter_still"],
  ["nothing is encoded, for the presenter paused", stood(2500, ...GLASS, "encoded"), { isPaused: true }, "presenter_paused"],
  ["two beats missed on a still screen", stood(3299, ...GLASS, "encoded", "beats"), {}, "presenter_still"],
  ["three beats missed", stood(3300, ...GLASS, "encoded", "beats"), {}, "presenter_silent"],
  ["a presenter whom the controller hears all the time", stood(9000, ...GLASS, "encoded", "beats"), {}, "network"],
  ["beats missed while the picture is held back", stood(3300, ...GLASS, "encoded", "beats"), { isHeld: true }, "network"],
  ["nothing is encoded any more since the picture is held back", stood(2500, ...GLASS, "encoded"), { isHeld: true }, "network"],
  ["a presenter who paused meanwhile", stood(2500, ...GLASS, "encoded"), { isHeld: true, isPaused: true }, "presenter_paused"],
  ["a presenter who is gone meanwhile", stood(3300, ...GLASS, "encoded", "beats"), { isHeld: true, isPresenterHeard: false }, "presenter_silent"],
  ["a presenter whom nobody hears", stood(9000, ...GLASS, "encoded", "beats"), { isPresenterHeard: false }, "presenter_silent"],
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

/** Looks each half second; gives what each was called. @param {(second: number) => object} counted @param {number} seconds */
function looks(counted, seconds) {
  const watch = new StandstillWatch();
  const moments = Array.from({ length: 2 * seconds + 1 }, (_, half) => half / 2);
  return moments.map((second) => watch.look(/** @type {any} */ (counted(second)), FINE, 1000 * second));
}

/** Everything counted until then. @param {number} second @param {object} others that go on, or stop at another moment */
const counted = (second, others) => ({ ...Object.fromEntries(ALL.map((name) => [name, second])), lost: 0, ...others });

test("what is counted a look later was stopped together with the picture", () => {
  const stopped = (/** @type {number} */ second) => {
    const late = Math.min(second, 1.5);
    return counted(Math.min(second, 1), { decoded: late, received: late, bytes: late, encoded: late, beats: late, arrived: second });
  };
  assert.deepEqual(new Set(looks(stopped, 4)), new Set([null, "presenter_still"]));
});

test("a screen that moves again after a while was never a trouble", () => {
  const moved = (/** @type {number} */ second) => {
    const frames = second < 60 ? 1 : second;
    const presented = second < 60.5 ? 1 : second;
    return counted(second, { encoded: frames, received: frames, bytes: frames, decoded: frames, presented });
  };
  assert.deepEqual(new Set(looks(moved, 70)), new Set([null, "presenter_still"]));
});

test("what goes on without the picture is named as soon as patience ends", () => {
  const hung = (/** @type {number} */ second) => counted(second, { presented: Math.min(second, 1) });
  assert.deepEqual(looks(hung, 4).slice(6), [null, "renderer", "renderer"]);
});
