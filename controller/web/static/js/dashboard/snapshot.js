// The shapes that the controller sends (wire/admin.py), and what an admin can do to a display in each state.

/**
 * @typedef {object} Display
 * @property {string} display_id
 * @property {string} name
 * @property {"pending" | "approved" | "rejected" | "revoked" | "conflict"} state
 * @property {"protected" | "normal" | null} role
 * @property {"needs_approval" | "session_full" | "enrolment_key_refused" | null} reason
 * @property {string} fingerprint
 * @property {string} model
 * @property {string} os
 * @property {string} address
 * @property {string} version
 * @property {string | null} last_seen
 * @property {string} first_seen
 * @property {string | null} decided_by
 * @property {"online" | "late" | "offline"} liveness
 * @property {"showing" | "not_showing" | "unknown"} showing
 * @property {Viewer | null} viewer
 * @property {Machine | null} machine
 * @property {GivenCommand | null} command
 * @property {number} session_id
 * @property {number} revision grows with each change; an act names the one that was seen
 * @property {string} hostname
 * @property {boolean} code_checked
 * @property {number | null} same_address other displays that came from the same address; null unless it waits
 * @property {"no_more_join" | "used_up" | "stopped" | null} hold why the bandwidth budget keeps it out of the room
 */

/** @typedef {"unheard" | "no_media"} JoinTrouble why a display does not come into the room */
/**
 * @typedef {object} Viewer
 * @property {number} frames_per_second
 * @property {number} received_bps
 * @property {number} width
 * @property {number} height
 * @property {JoinTrouble | null} join_trouble
 * @property {{age_ms: number | null}} [stills]
 */

/**
 * @typedef {object} Machine
 * @property {number} cpu_percent
 * @property {number} memory_percent
 * @property {number | null} temperature_celsius
 * @property {number} renderer_falls how often the kiosk's page was loaded again, by cause
 * @property {number} renderer_hangs
 * @property {number} renderer_stuck
 * @property {number} renderer_large
 * @property {number} restarts how often the kiosk started itself again
 * @property {string | null} restarted_for
 */

/** @typedef {"identify" | "reload" | "restart"} CommandKind */
/** @typedef {{kind: CommandKind, by: string, asked_at: string, outcome: "waiting" | "done" | "failed" | "unheard"}} GivenCommand */

/** @typedef {"none" | "protected" | "all"} RequireCode which approvals need the code on the display's own screen */

/**
 * @typedef {object} DisplayList
 * @property {number} approved
 * @property {number} max_displays
 * @property {RequireCode} require_pairing_code
 * @property {Display[]} displays
 */

/** @typedef {{codec: string, layers: number, width: number, height: number}} Track */
/** @typedef {{identity: string, kind: string, name: string, joined_at: string | null, tracks: Track[]}} Participant */

/**
 * @typedef {object} Sfu
 * @property {boolean} up
 * @property {string} message
 * @property {string | null} version
 * @property {string} url
 * @property {string} room
 * @property {string | null} observed_at
 * @property {Participant[]} participants
 */

/** @typedef {{frames_per_second: number, sent_bps: number, width: number, height: number}} Sender */
/** @typedef {{presenter_name: string | null, phase: string, sender: Sender | null}} Presenting */

/** @typedef {{expected_bytes: number, low_bytes: number, high_bytes: number, method: string}} Forecast */
/** @typedef {"ok" | "warn" | "critical" | "exhausted"} BudgetState */
/** @typedef {{state: BudgetState, notice: string | null, foretold: string | null, lifted_by: string | null}} Budget */
/** @typedef {{used_bytes: number, allowance_bytes: number | null, state: BudgetState | null, forecast: Forecast}} MonthFigures */
/** @typedef {MonthFigures & {begins: string, ends: string}} Month */
/** @typedef {{display_id: string, name: string, session_id: number, sent_bps: number, today_bytes: number}} Share */
/** @typedef {{card_bytes: number, sent_again_bytes: number | null, displays_percent: number | null, sfu_percent: number | null, alarm: string | null}} Drift */
/** @typedef {{sent_bps: number, bytes_per_hour: number, is_measured: boolean}} DisplayCost */
/** @typedef {{date: string, received_bytes: number, sent_bytes: number, used_bytes: number}} BandwidthDay */
/** @typedef {{begins: string, received_bytes: number[], sent_bytes: number[], days: BandwidthDay[]}} BandwidthHistory */

/**
 * @typedef {object} Bandwidth
 * @property {boolean} enabled
 * @property {string} date of the day that the budget is about
 * @property {Budget} budget
 * @property {number} received_bytes
 * @property {number} sent_bytes
 * @property {number} used_bytes
 * @property {number} rate_bps
 * @property {Forecast} forecast
 * @property {Month} month
 * @property {Share[]} displays
 * @property {number} rest_bps
 * @property {number} rest_today_bytes
 * @property {Drift} drift
 * @property {DisplayCost} one_more_display
 * @property {number} budget_bytes
 * @property {number} warn_bytes
 * @property {number} critical_bytes
 * @property {"ok" | "warn" | "critical" | "exhausted" | "unknown"} state
 * @property {string} message
 */

/** @typedef {import("/present/js/quality_words.js").Step} Step */
/** @typedef {import("/present/js/quality_words.js").Limits} Limits */
/** @typedef {{display_id: string, step: Step, reason: string, suspended: string | null}} QualityStep */
/** @typedef {{at: string, display_id: string | null, display_name: string | null, what: string, why: string}} QualityChange */

/**
 * @typedef {object} Quality
 * @property {Limits} limits
 * @property {string} limits_reason
 * @property {Limits} floor
 * @property {import("/present/js/quality_words.js").Alarm[]} alarms
 * @property {QualityStep[]} steps of the normal displays that are not on the whole picture
 * @property {{display_id: string, delay_ms: number}[]} delays how old a new picture is when it appears, as estimated
 * @property {QualityChange[]} changes
 */

/** @typedef {{message: string, head: string}} Doubt why the state store is not trusted, and where its audit log ends */

/**
 * @typedef {object} Snapshot
 * @property {number} session_id
 * @property {string} session_name
 * @property {DisplayList} displays
 * @property {Presenting} presenting
 * @property {Sfu} sfu
 * @property {Bandwidth} bandwidth
 * @property {Quality} quality
 * @property {Doubt | null} doubt
 */

/** @typedef {{title: string, text: string, yes: string}} Confirm */

/**
 * @typedef {object} Act
 * @property {string} label
 * @property {string} path of the display's route; `change` opens a dialog
 * @property {"protected" | "normal" | null} role
 * @property {CommandKind | null} command what the display itself is asked to do; null: it is decided here
 * @property {"primary" | "danger" | "plain"} weight
 * @property {Confirm | null} confirm asked before it is done
 * @property {(after: Display) => string} done what to say when it is done
 */

/** @type {Record<string, Act>} */
const ACTS = {
  asProtected: act("Approve as protected", "approve", "protected", "plain", (after) => `Approved as ${after.role}.`),
  asNormal: act("Approve as normal", "approve", "normal", "primary", (after) => `Approved as ${after.role}.`),
  makeProtected: act("Make protected", "approve", "protected", "plain", () => "Protected now."),
  makeNormal: act("Make normal", "approve", "normal", "plain", () => "Normal now."),
  reject: act("Reject", "reject", null, "danger", () => "Turned away."),
  revoke: {
    ...act("Revoke", "revoke", null, "danger", () => "Removed; its picture is gone."),
    confirm: { title: "Revoke this display?", text: "Its picture goes at once, and it stays out until an admin lets it wait again.", yes: "Revoke" },
  },
  identify: command("Show its name", "identify", null),
  reload: command("Load its page again", "reload", null),
  restart: command("Start its program again", "restart", {
    title: "Start this display's program again?",
    text: "The picture stays on its screen meanwhile. It needs some seconds.",
    yes: "Start again",
  }),
  change: act("Change…", "change", null, "plain", () => ""),
  resolve: {
    ...act("Resolve", "resolve", null, "primary", () => "It waits for approval."),
    confirm: { title: "Is the copy switched off?", text: "The machine that speaks next becomes this display and waits for approval.", yes: "Resolve" },
  },
  letWait: act("Let it wait again", "pending", null, "plain", () => "It waits for approval."),
};

/** What an admin can do to a display now with one click. @param {Display} display @param {RequireCode} requireCode @returns {Act[]} */
export function actsOn(display, requireCode) {
  switch (display.state) {
    case "pending":
      return [ACTS.asNormal, ACTS.asProtected, ACTS.change, ACTS.reject].filter((act) => !needsCode(act, requireCode));
    case "approved":
      return [display.role === "protected" ? ACTS.makeNormal : ACTS.makeProtected, ACTS.change, ACTS.revoke];
    case "conflict":
      return [ACTS.resolve, ACTS.revoke];
    case "rejected":
    case "revoked":
      return [ACTS.letWait];
    default:
      return [];
  }
}

/** @param {Act} act @param {RequireCode} requireCode */
function needsCode(act, requireCode) {
  return act.path === "approve" && (requireCode === "all" || (requireCode === "protected" && act.role === "protected"));
}

/**
 * @param {string} label
 * @param {string} path
 * @param {"protected" | "normal" | null} role
 * @param {"primary" | "danger" | "plain"} weight
 * @param {(after: Display) => string} done
 * @returns {Act}
 */
function act(label, path, role, weight, done) {
  return { label, path, role, command: null, weight, confirm: null, done };
}

/** @param {string} label @param {CommandKind} kind @param {Confirm | null} confirm @returns {Act} */
function command(label, kind, confirm) {
  return { label, path: "commands", role: null, command: kind, weight: "plain", confirm, done: () => "Asked; what becomes of it stands above." };
}

/** What a display itself can be asked to do. @param {Display} display @returns {Act[]} */
export function commandsOn(display) {
  if (display.liveness === "offline" || (display.state !== "approved" && display.state !== "pending")) return [];
  return [ACTS.identify, ACTS.reload, ACTS.restart];
}
