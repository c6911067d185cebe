// Wires the dashboard: the controller's event stream feeds the views, buttons ask the controller.

import { ask } from "/present/js/controller_api.js";
import { endNotice } from "/present/js/end_notice.js";
import { followStream } from "/present/js/event_stream.js";
import { ApproveDialog } from "./approve_dialog.js";
import { BandwidthView } from "./bandwidth_view.js";
import { BudgetView } from "./budget_view.js";
import { ChangeDialog } from "./change_dialog.js";
import { confirmAct } from "./confirm.js";
import { DoubtView } from "./doubt_view.js";
import { DisplaysView } from "./displays_view.js";
import { PairingView } from "./pairing_view.js";
import { LockView } from "./lock_view.js";
import { SessionView } from "./session_view.js";
import { PresentingView } from "./presenting_view.js";
import { QualityView } from "./quality_view.js";
import { SfuView } from "./sfu_view.js";

/** @typedef {import("./snapshot.js").Snapshot} Snapshot */
/** @typedef {import("./snapshot.js").Act} Act */
/** @typedef {import("./snapshot.js").Display} Display */

/** @type {Snapshot} */
const first = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("snapshot")).textContent ?? "");
const sessionId = first.session_id;

const stale = /** @type {HTMLElement} */ (document.getElementById("stale"));
const session = new SessionView();
const presenting = new PresentingView();
const displays = new DisplaysView(carryOut);
const approveDialog = new ApproveDialog(approve);
const changeDialog = new ChangeDialog(send);
let known = first.displays.displays;
const quality = new QualityView();
const sfu = new SfuView();
const bandwidth = new BandwidthView();
const budget = new BudgetView((method, date) => ask(method, "/api/admin/bandwidth/lift", { date }));
const doubt = new DoubtView((head) => ask("POST", "/api/admin/state/accept", { head }));

/** @param {Snapshot} snapshot */
function show(snapshot) {
  stale.hidden = true;
  known = snapshot.displays.displays;
  session.show(snapshot.session_name);
  presenting.show(snapshot.presenting);
  displays.show(snapshot.displays, snapshot.presenting.presenter_name !== null, snapshot.quality);
  quality.show(snapshot.quality);
  sfu.show(snapshot.sfu);
  bandwidth.show(snapshot.bandwidth);
  budget.show(snapshot.bandwidth);
  doubt.show(snapshot.doubt);
}

/** @param {(string | Node)[]} notice why what follows may be old */
function showStale(...notice) {
  stale.hidden = false;
  stale.replaceChildren(...notice);
}

/**
 * Ask the controller; the answer is the display as it is now.
 * @param {Act} act
 * @param {Display} display
 * @returns {Promise<string | null>} what became of it; null when the admin thought better of it
 */
async function carryOut(act, display) {
  if (act.path === "change") return changeDialog.offer(display, replaceableBy(display));
  if (act.confirm !== null && !(await confirmAct(act.confirm, display.name))) return null;
  if (act.command !== null) return act.done(await ask("POST", pathOf(display, act.path), { session_id: display.session_id, kind: act.command }));
  return act.done(await send(display, act.path, act.role === null ? {} : { role: act.role }));
}

/**
 * Ask for an act on a display as it was seen: when it has changed meanwhile, nothing happens.
 * @param {Display} display
 * @param {string} path
 * @param {object} body
 * @returns {Promise<Display>} the display as it is now
 */
function send(display, path, body) {
  const seen = { session_id: display.session_id, revision: display.revision };
  return ask("POST", pathOf(display, path), { ...seen, ...body });
}

/** @param {Display} display @param {string} path */
function pathOf(display, path) {
  return `/api/admin/livekit/displays/${display.display_id}/${path}`;
}

/** @param {Display} display */
function replaceableBy(display) {
  return known.filter((other) => other.state === "approved" && other.display_id !== display.display_id);
}

/** Find the display somebody stands at, and offer to approve it. @param {string} code */
async function findDisplay(code) {
  displays.pointAt(null);
  /** @type {Display} */
  const found = await ask("POST", "/api/admin/livekit/pairing-code", { code });
  displays.pointAt(found.display_id);
  const approved = await approveDialog.offer(found, code);
  displays.pointAt(null);
  return approved === null ? `${found.name} still waits.` : `${approved.name} is approved as ${approved.role}.`;
}

/** @param {Display} display @param {import("./approve_dialog.js").Approval} approval @returns {Promise<Display>} */
function approve(display, approval) {
  return send(display, "approve", approval);
}

new PairingView(findDisplay);
new LockView(first.session_name, () => ask("POST", `/api/admin/sessions/${sessionId}/lock`, {}));
show(first);
followStream(`/api/admin/events?session_id=${sessionId}`, "snapshot", {
  heard: show,
  silent: showStale,
  ended: (refusal) => showStale(...endNotice(refusal)),
});
