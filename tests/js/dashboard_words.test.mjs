import assert from "node:assert/strict";
import { test } from "node:test";

import { addressWords, identityFacts, monthWords, renewalWords, showingBadge, wallFacts } from "../../controller/web/static/js/dashboard/words.js";
import { example } from "./support/examples.mjs";

const waiting = { ...example("display_view"), state: "pending", same_address: 0 };

test("a waiting display says whether others came from where it did", () => {
  assert.equal(addressWords(waiting), "192.0.2.17, nothing else from there");
  assert.equal(addressWords({ ...waiting, same_address: 1 }), "192.0.2.17, 1 other from there");
  assert.equal(addressWords({ ...waiting, same_address: 12 }), "192.0.2.17, 12 others from there");
  assert.equal(addressWords({ ...waiting, same_address: null }), "192.0.2.17");
  assert.equal(addressWords({ ...waiting, address: "" }), "");
});

test("a machine is known by model, system, address, first moment and fingerprint; by its host name where it has another name", () => {
  const facts = Object.fromEntries(identityFacts(waiting));
  assert.deepEqual(Object.keys(facts), ["Fingerprint", "Machine", "Address", "First seen", "Decided by", "Asked"]);
  assert.equal(facts.Machine, "Intel NUC11, Debian GNU/Linux 12");
  assert.equal(Object.fromEntries(identityFacts({ ...waiting, name: "Great hall" }))["Host name"], "lobby");
});

test("a display with single pictures says so, and how old they are", () => {
  const viewer = { ...example("display_view").viewer, stills: { age_ms: 3600, interval_ms: 3000, received_bytes: 9 } };
  const display = { ...example("display_view"), state: "approved", liveness: "online", showing: "not_showing", viewer };
  assert.equal(showingBadge(display, true).text, "▲ single pictures");
  assert.equal(Object.fromEntries(wallFacts(display))["Single picture"], "4 s old when last heard");
  const none = { ...display, viewer: { ...viewer, stills: { ...viewer.stills, age_ms: null } } };
  assert.equal(showingBadge(none, true).text, "✕ not showing");
  assert.equal(showingBadge({ ...display, showing: "unknown" }, true).text, "? not heard for a while");
});

const MACHINE = example("display_view").machine;

test("what a kiosk did for itself is said with its reason, and nothing where it did nothing", () => {
  assert.equal(renewalWords(MACHINE), "its page 2 times; its program once, last because it needed too much memory");
  const untouched = { ...MACHINE, renderer_falls: 0, renderer_stuck: 0, restarts: 0, restarted_for: null };
  assert.equal(renewalWords(untouched), "");
});

test("a display that does not come into the room says why", () => {
  const seen = example("display_view");
  const away = { ...seen, viewer: { ...seen.viewer, join_trouble: "no_media" } };
  assert.match(Object.fromEntries(wallFacts(away))["Media server"], /firewall/);
  assert.equal(Object.fromEntries(wallFacts(seen))["Media server"], undefined);
});

test("a month that will take more than its allowance says so", () => {
  const { month } = example("bandwidth_status");
  const allowed = { ...month, allowance_bytes: 2 * month.forecast.expected_bytes };
  assert.doesNotMatch(monthWords({ ...allowed, allowance_bytes: null }), /more than/);
  assert.doesNotMatch(monthWords(allowed), /more than/);
  assert.match(monthWords({ ...allowed, allowance_bytes: month.forecast.expected_bytes - 1 }), /more than the allowance$/);
});
