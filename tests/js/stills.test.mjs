// When stills are taken, and what stays of them; that they are drawn, the tests with real kiosks look at.

import assert from "node:assert/strict";
import { test } from "node:test";

import { markWords } from "../../kiosk/page/still_mark.js";
import { Stills } from "../../kiosk/page/stills.js";
import { noCopy, someStills } from "./support/glass.mjs";
import { moveTime } from "./support/moved_time.mjs";

/** @param {import("node:test").TestContext} context @param {Parameters<typeof someStills>[2]} [changes] */
function needed(context, changes) {
  const time = moveTime(context);
  let firsts = 0;
  const stills = someStills(context, () => firsts++, changes);
  context.after(() => stills.need(false));
  stills.need(true);
  return { stills, time, firsts: () => firsts };
}

test("nothing is taken that is not needed, and none before there is one", async (context) => {
  const time = moveTime(context);
  const stills = new Stills(noCopy(), async () => assert.fail("taken"), () => {});
  stills.newest = 1;
  await time.pass(5000);
  assert.deepEqual([stills.report(true), stills.areShown], [null, false]);
  const waiting = someStills(context, () => {});
  context.after(() => waiting.need(false));
  waiting.need(true);
  await time.pass(5000);
  assert.deepEqual(waiting.report(true), { age_ms: null, interval_ms: 3000, received_bytes: 0, carried_bps: null, beats_whole: true });
});

test("a still is taken as soon as it is told of, and ages from when it was captured", async (context) => {
  const { stills, time, firsts } = needed(context);
  stills.newest = 1;
  await time.pass(200);
  const { age_ms, interval_ms, received_bytes } = stills.report(true);
  assert.ok(age_ms >= 500 && age_ms <= 700, `${age_ms}`);
  assert.deepEqual([interval_ms, received_bytes, firsts()], [3000, 40_000, 1]);
  await time.pass(2000);
  assert.ok(stills.ageMs >= 2500);
});

test("three large ones tell how fast the link is, by the slowest, where it loses nothing; a small one tells nothing", async (context) => {
  const next = { transferMs: 50 };
  const { stills, time } = needed(context, next);
  const take = async (/** @type {number} */ number, /** @type {number} */ transferMs) => {
    next.transferMs = transferMs;
    stills.newest = number;
    await time.pass(3200);
    return stills.report(true).carried_bps;
  };
  assert.deepEqual([await take(1, 50), await take(2, 100)], [null, null]);
  assert.deepEqual([await take(3, 50), stills.report(false).carried_bps], [1_889_280, null], "40 kB in 100 ms, but for what came at once");
  await take(4, 50);
  assert.equal(await take(5, 50), 3_778_560);
  Object.assign(next, { picture: new Blob([new Uint8Array(9_000)]) });
  assert.equal(await take(6, 5), null);
});

test("where no word comes of a new one, it is asked for all the same, of the first one soon", async (context) => {
  const { time } = needed(context);
  let asked = 0;
  const stills = new Stills(noCopy(), async () => ({ etag: `${asked++}`, picture: new Blob(["RIFF"]), ageMs: 0, transferMs: 20 }), () => {});
  context.after(() => stills.need(false));
  stills.need(true);
  await time.pass(900);
  assert.equal(asked, 0);
  await time.pass(300);
  assert.deepEqual([asked, stills.areShown], [1, true]);
  await time.pass(4000);
  assert.equal(asked, 1);
  await time.pass(3000);
  assert.equal(asked, 2);
});

test("while there is none it is asked for ever more rarely", async (context) => {
  context.mock.method(console, "warn", () => {});
  const time = moveTime(context);
  /** @type {number[]} */
  const asked = [];
  const begunAt = performance.now();
  const take = async () => {
    asked.push(Math.round((performance.now() - begunAt) / 1000));
    throw new Error("there is none now");
  };
  const stills = new Stills(noCopy(), take, () => {});
  context.after(() => stills.need(false));
  stills.need(true);
  await time.pass(15_000);
  assert.deepEqual(asked, [1, 3, 6, 10, 14]);
});

test("it says what came last, and how long that took", async (context) => {
  const { stills, time } = needed(context);
  assert.equal(stills.arrival, null);
  stills.newest = 1;
  await time.pass(200);
  assert.deepEqual([stills.arrival.bytes, stills.arrival.transferMs], [40_000, 100]);
  stills.need(false);
  assert.equal(stills.arrival, null);
});

test("the next one is taken no sooner than the link carries it, and not twice", async (context) => {
  const { stills, time, firsts } = needed(context, { transferMs: 4000 });
  stills.newest = 1;
  await time.pass(200);
  stills.newest = 2;
  await time.pass(6500);
  assert.equal(stills.report(true).received_bytes, 40_000);
  await time.pass(900);
  assert.deepEqual([stills.report(true).received_bytes, stills.report(true).interval_ms, firsts()], [80_000, 8000, 1]);
  await time.pass(30_000);
  assert.equal(stills.report(true).received_bytes, 80_000);
});

test("a picture that is known is only as old as it was looked at last", async (context) => {
  const { stills, time } = needed(context);
  const known = { etag: "one", picture: null, ageMs: 300, transferMs: 20 };
  const looked = new Stills(noCopy(), async (etag) => (etag === null ? { ...known, picture: new Blob(["RIFF"]) } : known), () => {});
  context.after(() => looked.need(false));
  looked.need(true);
  looked.newest = 1;
  await time.pass(3500);
  looked.newest = 2;
  await time.pass(200);
  assert.ok(looked.ageMs < 600, `${looked.ageMs}`);
  assert.equal(looked.report(true).received_bytes, 4);
  assert.equal(stills.areShown, false);
});

test("an old still deceives, and a refusal is told and tried again", async (context) => {
  const warned = context.mock.method(console, "warn", () => {}).mock;
  const { stills: others, time } = needed(context);
  others.need(false);
  let isAway = false;
  const take = async () => {
    if (isAway) throw new Error("the controller does not answer");
    return { etag: "one", picture: new Blob(["RIFF"]), ageMs: 0, transferMs: 20 };
  };
  const stills = new Stills(noCopy(), take, () => {});
  context.after(() => stills.need(false));
  stills.need(true);
  stills.newest = 1;
  await time.pass(100);
  isAway = true;
  stills.newest = 2;
  await time.pass(29_000);
  assert.equal(stills.areShown, true);
  await time.pass(1500);
  assert.equal(stills.areShown, false);
  assert.ok(warned.callCount() > 5 && warned.callCount() < 12, `${warned.callCount()} tries in half a minute`);
  isAway = false;
  await time.pass(3100);
  assert.equal(stills.areShown, true);
});

test("one that is older than the last frame of the moving picture is not shown, the next one is", async (context) => {
  const time = moveTime(context);
  const stills = someStills(context, () => {});
  context.after(() => stills.need(false));
  stills.need(true, performance.now() - 100);
  stills.newest = 1;
  await time.pass(200);
  assert.deepEqual([stills.areShown, stills.arrival?.bytes], [false, 40_000]);
  stills.newest = 2;
  await time.pass(3000);
  assert.equal(stills.areShown, true);
});

test("when they are needed no more, nothing of them stays, also of one that is on its way", async (context) => {
  const { stills, time } = needed(context);
  stills.newest = 1;
  stills.need(false);
  await time.pass(500);
  assert.deepEqual([stills.report(true), stills.areShown], [null, false]);
});

test("the mark says how old a still is and why it does not move", () => {
  assert.equal(markWords(3600, "network"), "Single picture, 4 s old. The network brings no moving picture.");
  assert.match(markWords(0, null), /0 s old. Connecting/);
});
