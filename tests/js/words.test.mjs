import assert from "node:assert/strict";
import { test } from "node:test";

import { alarmWords, areLowered, limitsWords } from "../../presenter_page/js/quality_words.js";
import { displayWords, durationWords, phaseWords, senderWords, wallWords } from "../../presenter_page/js/words.js";

const lobby = { name: "lobby", role: "protected", showing: "showing", liveness: "online", hold: null, step: "full", step_reason: "" };
const hall = { name: "hall", role: "normal", showing: "not_showing", liveness: "online", hold: null, step: "full", step_reason: "" };
const workshop = { name: "workshop", role: "normal", showing: "unknown", liveness: "late", hold: null, step: "full", step_reason: "" };

/** @param {object[]} displays */
const wall = (...displays) => ({
  approved: displays.length,
  showing: displays.filter((display) => display.showing === "showing").length,
  displays,
  warning: null,
  budget: null,
});

test("the wall names every screen that does not show", () => {
  assert.equal(wallWords(wall(lobby, hall, workshop), true), "1 of 3 screens showing. Missing: hall, workshop.");
});

test("a whole wall names nobody", () => {
  assert.equal(wallWords(wall(lobby), true), "1 of 1 screen showing.");
});

test("before sharing the wall counts who is ready", () => {
  assert.equal(wallWords(wall(hall, { ...hall, name: "studio" }), false), "2 screens ready to show.");
});

test("a picture shared from elsewhere is not called ready", () => {
  assert.equal(wallWords(wall(lobby, hall), false), "1 of 2 screens showing a picture that is not shared here.");
});

test("who is kept out by the bandwidth budget is not ready, and is named", () => {
  const held = { ...hall, hold: "no_more_join" };
  assert.equal(wallWords(wall({ ...lobby, showing: "not_showing" }, held), false), "1 screen ready to show.");
  assert.equal(wallWords(wall(lobby, held), true), "1 of 2 screens showing. Missing: hall.");
  assert.equal(displayWords(held, true), "◌ kept out by the bandwidth budget");
});

test("an empty wall says so, sharing or not", () => {
  assert.equal(wallWords(wall(), false), "No display is approved yet.");
  assert.equal(wallWords(wall(), true), "No display is approved yet.");
});

test("a display not heard is never called showing", () => {
  assert.equal(displayWords(workshop, true), "? not heard for a while");
  assert.equal(displayWords({ ...lobby, liveness: "offline" }, true), "✕ offline");
});

test("a display without picture is missing only while somebody shares", () => {
  assert.equal(displayWords(hall, true), "✕ not showing");
  assert.equal(displayWords(hall, false), "○ ready");
  assert.equal(displayWords(lobby, true), "● showing");
});

test("a display that is given less says how much while somebody shares", () => {
  assert.equal(displayWords({ ...lobby, step: "base" }, true), "▲ fewer pictures a second");
  assert.equal(displayWords({ ...hall, step: "stills" }, true), "▲ single pictures");
  assert.equal(displayWords({ ...hall, step: "stills" }, false), "○ ready");
  assert.equal(displayWords({ ...workshop, step: "stills" }, true), "? not heard for a while");
});

test("limits are said in people's units, and alarms with whom they concern", () => {
  assert.equal(limitsWords({ max_bitrate_bps: 3_750_000, max_frames_per_second: 11 }), "3.75 Mbit/s and 11 frames a second");
  assert.equal(areLowered({ max_bitrate_bps: 4_000_000, max_frames_per_second: 15 }), false);
  assert.equal(areLowered({ max_bitrate_bps: 4_000_000, max_frames_per_second: 13 }), true);
  assert.equal(alarmWords({ display_name: null, message: "loses 8 % of what it sends; likely the presenter's uplink" }, "Your share"), "Your share loses 8 % of what it sends; likely the presenter's uplink.");
});

test("live tells for how long", () => {
  assert.equal(phaseWords("live", 3_727_000), "Live 1:02:07");
  assert.equal(phaseWords("live", null), "Live 0:00");
});

test("every phase has its words", () => {
  for (const phase of ["idle", "choosing", "starting", "checking", "live", "reconnecting", "failed"]) {
    assert.match(phaseWords(phase, 0), /^[A-Z]/, phase);
  }
});

test("a duration shows hours only when there are some, and is never negative", () => {
  assert.equal(durationWords(59_999), "0:59");
  assert.equal(durationWords(600_000), "10:00");
  assert.equal(durationWords(-5), "0:00");
});

test("what is sent is told in size, rate and bits", () => {
  const sender = { width: 1920, height: 1080, frames_per_second: 14.9, sent_bps: 3_870_000 };
  assert.equal(senderWords(sender), "Sending 1920 × 1080, 15 frames a second, 3.9 Mbit/s.");
});

test("nothing is told while nothing is sent", () => {
  assert.equal(senderWords(null), null);
  assert.equal(senderWords({ width: 0, height: 0, frames_per_second: 0, sent_bps: 0 }), null);
});
