// When stills are made and sent; that a real screen is in them, the tests with real browsers look at.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Stills } from "../../presenter_page/js/stills.js";
import { openDarkroom } from "./support/fake_screen.mjs";
import { moveTime } from "./support/moved_time.mjs";

const CAPTURE = /** @type {any} */ ({});
const PICTURE = new Blob(["RIFF"], { type: "image/webp" });

/** @param {import("node:test").TestContext} context @param {() => Promise<Blob>} [encoded] */
function open(context, encoded = async () => PICTURE) {
  const time = moveTime(context);
  const { workers } = openDarkroom(context, encoded);
  const sent = /** @type {import("../../presenter_page/js/stills.js").Still[]} */ ([]);
  const stills = new Stills(async (still) => void sent.push(still));
  context.after(() => stills.want(null, null));
  return { stills, sent, time, workers };
}

test("none is made that nobody needs", async (context) => {
  const { stills, sent, time, workers } = open(context);
  stills.want(null, CAPTURE);
  stills.want(3000, null);
  await time.pass(10_000);
  assert.deepEqual([sent.length, workers.length], [0, 0]);
});

test("one is made at once and then as often as wanted, each newer than the last", async (context) => {
  const { stills, sent, time } = open(context);
  stills.want(3000, CAPTURE);
  await time.pass(100);
  assert.equal(sent.length, 1);
  for (let asked = 0; asked < 9; asked++) {
    stills.want(3000, CAPTURE);
    await time.pass(1000);
  }
  assert.equal(sent.length, 4);
  assert.ok(sent.every(({ takenMs }, place) => place === 0 || takenMs > sent[place - 1].takenMs));
  stills.want(8000, CAPTURE);
  await time.pass(16_100);
  assert.ok(sent.length <= 7, "a thin link is sent no more than it carries");
});

test("a still says how long ago it was captured", async (context) => {
  const { stills, sent, time } = open(context, () => new Promise((resolve) => setTimeout(() => resolve(PICTURE), 400)));
  stills.want(3000, CAPTURE);
  await time.pass(600);
  assert.equal(sent[0].ageMs, 400);
});

test("the end stops the worker, and what it was making is not sent", async (context) => {
  const { stills, sent, time, workers } = open(context, () => new Promise((resolve) => setTimeout(() => resolve(PICTURE), 400)));
  stills.want(3000, CAPTURE);
  await time.pass(100);
  stills.want(null, null);
  await time.pass(5000);
  assert.deepEqual([sent.length, workers.length], [0, 0]);
});

test("a worker that fails costs one still, and the next is another's", async (context) => {
  let asked = 0;
  const { stills, sent, time, workers } = open(context, () => (asked++ === 0 ? new Promise(() => {}) : Promise.resolve(PICTURE)));
  stills.want(3000, CAPTURE);
  await time.pass(100);
  const [failed] = workers;
  failed.dispatchEvent(new Event("error"));
  await time.pass(3500);
  assert.equal(sent.length, 1);
  assert.ok(!workers.includes(failed));
});

test("whoever wants them sooner waits for no longer pause", async (context) => {
  const { stills, sent, time } = open(context);
  stills.want(60_000, CAPTURE);
  await time.pass(5000);
  stills.want(3000, CAPTURE);
  await time.pass(500);
  assert.equal(sent.length, 2);
});

test("one that cannot be sent is not sent again: the next one is newer", async (context) => {
  context.mock.method(console, "info", () => {});
  const time = moveTime(context);
  openDarkroom(context, async () => PICTURE);
  let tries = 0;
  const stills = new Stills(async () => Promise.reject(new Error(`not taken ${++tries}`)));
  context.after(() => stills.want(null, null));
  stills.want(3000, CAPTURE);
  await time.pass(6500);
  assert.equal(tries, 3);
});
