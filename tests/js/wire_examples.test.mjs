// The wire's examples against what the pages read from them and what they write: the Python models check the same files.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ReceptionMeter } from "../../kiosk/page/reception.js";
import { Viewer } from "../../kiosk/page/viewer.js";
import { Refusal } from "../../presenter_page/js/controller_api.js";
import { verdictOn } from "../../presenter_page/js/publication_check.js";
import { readSender, senderReport } from "../../presenter_page/js/sender_stats.js";
import { displayWords, senderWords, wallWords } from "../../presenter_page/js/words.js";
import { example, names } from "./support/examples.mjs";
import { noCopy, noPicture, noStills } from "./support/glass.mjs";
import { inbound, outbound, statsReport, TOLD, UPLINK, VP9 } from "./support/media.mjs";

const NOT_THE_PAGES = "said between kiosk and controller; no page reads it";
const DASHBOARD = "the dashboard's";
const PEOPLE = "the pages' about people and programs; seen by the browser tests";
const IN_BROWSERS = "written by presentation.js; seen by the browser tests";

/**
 * What a page does with a message, or why none of these pages does anything.
 * @type {Record<string, string | ((message: any) => void | Promise<void>)>}
 */
const CHECKS = {
  accept_state_request: DASHBOARD,
  accepted_state: DASHBOARD,
  account_change: PEOPLE,
  account_list: PEOPLE,
  admin_snapshot: DASHBOARD,
  api_key_list: PEOPLE,
  approve_request: DASHBOARD,
  archive_session_request: DASHBOARD,
  unarchive_session_request: DASHBOARD,
  audit_list: "for programs; the page is made by the controller",
  bandwidth_history: DASHBOARD,
  bandwidth_status: DASHBOARD,
  display_list: DASHBOARD,
  display_state_approved: NOT_THE_PAGES,
  display_state_pending: NOT_THE_PAGES,
  display_view: DASHBOARD,
  heartbeat: writesViewerReport,
  enrolment_key_list: DASHBOARD,
  hello: NOT_THE_PAGES,
  hello_answer: NOT_THE_PAGES,
  lease_release: IN_BROWSERS,
  lift_request: DASHBOARD,
  command_request: DASHBOARD,
  command_result: NOT_THE_PAGES,
  display_state_commanded: NOT_THE_PAGES,
  locked_room: DASHBOARD,
  move_display_request: DASHBOARD,
  new_account: PEOPLE,
  new_api_key: PEOPLE,
  nonce_answer: NOT_THE_PAGES,
  new_enrolment_key: DASHBOARD,
  pairing_code_request: DASHBOARD,
  password_change: PEOPLE,
  presenter_beat: "written by presentation.js and read by beats.js; tested with both",
  presenter_heartbeat: writesSenderReport,
  presenter_status: readsWall,
  presenter_token: readsPresenterToken,
  presenter_token_request: IN_BROWSERS,
  quality_log: "for programs and spreadsheets; the dashboard has its last lines in the snapshot",
  refusal: readsRefusal,
  rename_display_request: DASHBOARD,
  replace_display_request: DASHBOARD,
  room_token: readsRoomToken,
  session_list: DASHBOARD,
  session_name_request: DASHBOARD,
  session_request: DASHBOARD,
  session_view: DASHBOARD,
  shown_enrolment_key: DASHBOARD,
  sfu_status: DASHBOARD,
  still_query: "written by stills.js of the presenter page; tested there",
  shown_api_key: PEOPLE,
  shown_password: PEOPLE,
  sign_in_list: PEOPLE,
  state_doubt: DASHBOARD,
};

test("every example is accounted for", () => {
  assert.deepEqual(names.toSorted(), Object.keys(CHECKS).toSorted());
});

for (const [name, check] of Object.entries(CHECKS)) {
  if (typeof check === "function") test(`${name} is what the pages take it for`, () => check(example(name)));
}

/** @param {any} status */
function readsWall(status) {
  assert.equal(wallWords(status, true), "1 of 2 screens showing. Missing: hall.");
  assert.deepEqual(
    status.displays.map((display) => displayWords(display, true)),
    ["● showing", "◌ kept out by the bandwidth budget"],
  );
  assert.match(status.budget.message, /^Today's bandwidth is nearly used up/);
  assert.match(status.warning.message, /^Only one protected display/);
}

/** @param {any} token */
function readsPresenterToken(token) {
  readsRoomToken(token);
  assert.match(token.identity, /^presenter-/);
  assert.ok(!token.identity.includes(token.lease), "what names the lease is a secret, and the identity is not");
  assert.equal(token.limits.max_bitrate_bps, 4_000_000);
  assert.equal(token.limits.max_frames_per_second, 15);
}

/** @param {any} token */
function readsRoomToken(token) {
  assert.match(new URL(token.sfu_url).protocol, /^wss?:$/);
  assert.equal(typeof token.token, "string");
  assert.ok(token.expires_in_s > 5, "a token shorter than the pages' margin would never be used again");
}

/** @param {any} answer */
function readsRefusal(answer) {
  const refusal = new Refusal(409, answer);
  assert.equal(refusal.code, "session_taken");
  assert.match(refusal.message, /paula is presenting/);
}

/** @param {any} heartbeat */
async function writesViewerReport(heartbeat) {
  const viewer = new Viewer(noPicture(), noCopy(), noStills(), { roomToken: () => assert.fail(), covered: () => {}, changed: () => {} });
  const written = { ...(await viewer.report()), picture_check: "none" }; // which the window adds
  assert.deepEqual(Object.keys(written).toSorted(), Object.keys(heartbeat.viewer).toSorted());
  const reception = new ReceptionMeter().read({}, statsReport(inbound()), 0) ?? {};
  assert.deepEqual(Object.keys(reception).toSorted(), Object.keys(heartbeat.viewer.reception).toSorted());
}

/** @param {any} heartbeat */
function writesSenderReport({ sender }) {
  const seen = (/** @type {object} */ changes) => statsReport(VP9, outbound(changes), UPLINK, TOLD);
  const before = readSender(seen({ framesEncoded: 1505, bytesSent: 0, totalEncodeTime: 10 }), 0);
  const now = readSender(seen({ framesEncoded: 1520, bytesSent: 487_500, totalEncodeTime: 10.0975 }), 1000);
  assert.deepEqual(senderReport(before, now, "1.13.5", sender.applied), sender);
  assert.deepEqual(verdictOn(now, sender), { fault: null, doubt: null });
  assert.equal(senderWords(sender), "Sending 1920 × 1080, 15 frames a second, 3.9 Mbit/s.");
}
