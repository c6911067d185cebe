// The dashboard's sentences.

/** @typedef {import("./snapshot.js").Display} Display */
/** @typedef {import("./snapshot.js").RequireCode} RequireCode */
/** @typedef {import("./snapshot.js").Presenting} Presenting */
/** @typedef {import("./snapshot.js").Bandwidth} Bandwidth */
/** @typedef {import("./snapshot.js").Track} Track */
/** @typedef {{text: string, tone: "good" | "warning" | "trouble" | "plain"}} Badge */

const GIGABYTE = 1e9;

/** What the bandwidth budget does to a display. @type {Record<"no_more_join" | "used_up" | "stopped", string>} */
const HELD = {
  no_more_join: "◌ kept out by the bandwidth budget",
  used_up: "▲ single pictures only: bandwidth budget",
  stopped: "◌ stopped by the bandwidth budget",
};

/** Whether the display shows the picture. @param {Display} display @param {boolean} isPresenting @returns {Badge} */
export function showingBadge(display, isPresenting) {
  if (display.liveness === "offline") return { text: "✕ offline", tone: "trouble" };
  if (display.hold !== null) return { text: HELD[display.hold], tone: "warning" };
  if (!isPresenting) return display.liveness === "late" ? { text: "? late", tone: "warning" } : { text: "○ ready", tone: "plain" };
  if (display.showing === "showing") return { text: "● showing", tone: "good" };
  if (display.showing === "unknown") return { text: "? not heard for a while", tone: "warning" };
  if (stillAgeMs(display) !== null) return { text: "▲ single pictures", tone: "warning" };
  return { text: "✕ not showing", tone: "trouble" };
}

/** How old the still on a display was with its last report; null where none stands. @param {Display} display */
function stillAgeMs({ viewer }) {
  return viewer?.stills?.age_ms ?? null;
}

/** @param {Display} display @returns {Badge} */
export function roleBadge(display) {
  return display.role === "protected" ? { text: "◆ protected", tone: "plain" } : { text: "normal", tone: "plain" };
}

/** Why a display waits where that is not as usual, and what to do. @param {Display} display */
export function reasonWords(display) {
  switch (display.reason) {
    case "session_full":
      return "The session has all the displays it may have. Revoke one first.";
    case "enrolment_key_refused":
      return "It came with an enrolment key that is not good (mistyped, used up, expired, revoked or unknown).";
    default:
      return "";
  }
}

export const CONFLICT_WORDS =
  "Two machines use its key, so neither shows the picture. Switch the copy off, then resolve: whichever machine speaks next waits for approval. If both speak, this comes back.";

/** How a waiting display is approved. @type {Record<RequireCode, string>} */
export const APPROVING = {
  none: "Type the code on a display's screen here, or compare its fingerprint with the one on its screen, then approve it.",
  protected: "Compare a display's fingerprint with the one on its screen to approve it as normal; to approve it as protected, type its code here.",
  all: "To approve a display, go to its screen and type the code on it here.",
};

/** What an admin knows a waiting or removed display by. @param {Display} display @returns {[string, string][]} */
export function identityFacts(display) {
  /** @type {[string, string][]} */
  const facts = [
    ["Fingerprint", display.fingerprint],
    ["Machine", [display.model, display.os].filter(Boolean).join(", ")],
    ["Host name", display.hostname === display.name ? "" : display.hostname],
    ["Address", addressWords(display)],
    ["First seen", momentWords(display.first_seen)],
  ];
  if (display.decided_by !== null) facts.push(["Decided by", display.decided_by]);
  if (display.command !== null) facts.push(["Asked", commandWords(display.command)]);
  return facts.filter(([, text]) => text !== "");
}

/** Where a display came from, and whether others did too: a shop full of screens, or a stranger. @param {Display} display */
export function addressWords({ address, same_address: others }) {
  if (others === null || address === "") return address;
  if (others === 0) return `${address}, nothing else from there`;
  return `${address}, ${others} ${others === 1 ? "other" : "others"} from there`;
}

/** How an approved display is. @param {Display} display @returns {[string, string][]} */
export function wallFacts(display) {
  const { viewer, machine } = display;
  /** @type {[string, string][]} */
  const facts = [];
  if (display.liveness !== "online" && display.last_seen !== null) facts.push(["Last heard", momentWords(display.last_seen)]);
  if (display.showing === "showing" && viewer !== null) {
    facts.push(["Picture", `${viewer.width} × ${viewer.height}, ${Math.round(viewer.frames_per_second)} frames/s, ${megabits(viewer.received_bps)}`]);
  }
  const ageMs = stillAgeMs(display);
  if (display.liveness === "online" && ageMs !== null) facts.push(["Single picture", `${Math.round(ageMs / 1000)} s old when last heard`]);
  const joinTrouble = viewer?.join_trouble ?? null;
  if (joinTrouble !== null && display.liveness !== "offline") facts.push(["Media server", JOIN_TROUBLES[joinTrouble]]);
  if (machine !== null && display.liveness !== "offline") {
    facts.push(["CPU", `${Math.round(machine.cpu_percent)} %`], ["Memory", `${Math.round(machine.memory_percent)} %`]);
    if (machine.temperature_celsius !== null) facts.push(["Temperature", `${Math.round(machine.temperature_celsius)} °C`]);
    const renewed = renewalWords(machine);
    if (renewed !== "") facts.push(["Renewed itself", renewed]);
  }
  if (display.command !== null) facts.push(["Asked", commandWords(display.command)]);
  facts.push(["Fingerprint", display.fingerprint]);
  if (display.decided_by !== null) facts.push(["Approved by", display.code_checked ? `${display.decided_by}, at its screen` : display.decided_by]);
  return facts;
}

/** What a display was asked to do last, and what became of it. @param {import("./snapshot.js").GivenCommand} command */
export function commandWords({ kind, by, asked_at, outcome }) {
  return `${COMMANDS[kind]}: ${OUTCOMES[outcome]} (${by}, ${momentWords(asked_at)})`;
}

/** @type {Record<import("./snapshot.js").CommandKind, string>} */
const COMMANDS = { identify: "to show its name", reload: "to load its page again", restart: "to start its program again" };
const OUTCOMES = { waiting: "not answered yet", done: "done", failed: "it failed", unheard: "not answered in half a minute" };

/** What a kiosk did for itself since it was started. @param {import("./snapshot.js").Machine} machine */
export function renewalWords(machine) {
  const reloads = machine.renderer_falls + machine.renderer_hangs + machine.renderer_stuck + machine.renderer_large;
  const words = reloads === 0 ? [] : [`its page ${times(reloads)}`];
  if (machine.restarts > 0) words.push(`its program ${times(machine.restarts)}, last because ${RESTART_REASONS[machine.restarted_for ?? ""] ?? "it had to"}`);
  return words.join("; ");
}

/** @param {number} count */
function times(count) {
  return count === 1 ? "once" : `${count} times`;
}

/** @type {Record<string, string>} */
const RESTART_REASONS = { stuck: "the picture was not shown", large: "it needed too much memory", asked: "somebody asked it to" };

/** @type {Record<import("./snapshot.js").JoinTrouble, string>} */
const JOIN_TROUBLES = {
  unheard: "does not answer this display",
  no_media: "answers, but neither UDP nor TCP brings media: look at the firewall between",
};

/** @param {Presenting} presenting */
export function presentingWords(presenting) {
  const name = presenting.presenter_name;
  if (name === null) return "Nobody presents.";
  const sender = presenting.sender;
  switch (presenting.phase) {
    case "live":
      return sender === null || sender.width === 0
        ? `${name} is live.`
        : `${name} is live: ${sender.width} × ${sender.height}, ${Math.round(sender.frames_per_second)} frames/s, ${megabits(sender.sent_bps)}.`;
    case "paused":
      return `${name} is live, and their computer gives no picture for now.`;
    case "reconnecting":
      return `${name}'s connection is lost; it comes back by itself.`;
    case "silent":
      return `${name} is not heard any more.`;
    default:
      return `${name} is starting.`;
  }
}

/** @param {Bandwidth} bandwidth @returns {Badge} */
export function budgetBadge(bandwidth) {
  switch (bandwidth.state) {
    case "ok":
      return { text: "● within the budget", tone: "good" };
    case "warn":
      return { text: "▲ above the warning", tone: "warning" };
    case "critical":
      return { text: "▲ critical", tone: "trouble" };
    case "exhausted":
      return { text: "✕ budget exhausted", tone: "trouble" };
    default:
      return { text: "? not counted now", tone: "warning" };
  }
}

/** Where a period will end. @param {import("./snapshot.js").Forecast} forecast */
export function forecastWords(forecast) {
  const range = `${gigabytes(forecast.low_bytes)} to ${gigabytes(forecast.high_bytes)}`;
  return `${gigabytes(forecast.expected_bytes)} (${range}), if it goes on ${forecast.method}`;
}

/** @param {import("./snapshot.js").Month} month */
export function monthWords(month) {
  const allowance = month.allowance_bytes === null ? "" : ` of ${gigabytes(month.allowance_bytes)}`;
  const until = new Date(month.ends).toLocaleDateString(undefined, { day: "numeric", month: "short" });
  const state = month.state === null ? "" : `${MONTH_STATES[month.state]}: `;
  const isTooMuch = month.allowance_bytes !== null && month.forecast.expected_bytes > month.allowance_bytes;
  const tooMuch = isTooMuch ? ": more than the allowance" : "";
  return `${state}${gigabytes(month.used_bytes)}${allowance} until ${until}; expected ${forecastWords(month.forecast)}${tooMuch}`;
}

/** @type {Record<import("./snapshot.js").BudgetState, string>} */
const MONTH_STATES = { ok: "within the allowance", warn: "above the warning", critical: "critical", exhausted: "allowance used up" };

/** By how much the card sent more than displays and SFU count, and what of it went twice. @param {import("./snapshot.js").Drift} drift */
export function driftWords({ card_bytes: card, displays_percent: displays, sfu_percent: sfu, sent_again_bytes: again }) {
  if (displays === null) return "nothing sent in ten minutes";
  const bySfu = sfu === null ? "" : `, ${sfu.toFixed(1)} % than the SFU counts`;
  const twice = again === null ? "" : `; ${((100 * again) / card).toFixed(1)} % was sent again`;
  return `card sent ${displays.toFixed(1)} % more than displays count${bySfu}${twice}`;
}

/** @param {import("./snapshot.js").DisplayCost} cost */
export function costWords(cost) {
  const basis = cost.is_measured ? "as those that show now" : "at most";
  return `${megabits(cost.sent_bps)}, ${gigabytes(cost.bytes_per_hour)} an hour, ${basis}`;
}

/** @param {Track[]} tracks */
export function tracksWords(tracks) {
  return tracks
    .map((track) => `${track.codec.replace("video/", "")}, ${track.width} × ${track.height}, ${track.layers} ${track.layers === 1 ? "layer" : "layers"}`)
    .join("; ");
}

/** Decimal gigabytes. @param {number} bytes */
export function gigabytes(bytes) {
  return `${(bytes / GIGABYTE).toFixed(bytes < 10 * GIGABYTE ? 3 : 1)} GB`;
}

/** @param {number} bps */
export function megabits(bps) {
  return `${(bps / 1e6).toFixed(1)} Mbit/s`;
}

/** A time of day in the reader's own time zone. @param {Date} moment */
export function timeWords(moment) {
  return moment.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}

/** A moment in the reader's own time zone; the day only when it is not today. @param {string} iso @param {Date} [now] */
export function momentWords(iso, now = new Date()) {
  const moment = new Date(iso);
  const time = timeWords(moment);
  return moment.toDateString() === now.toDateString() ? time : `${moment.toLocaleDateString()} ${time}`;
}
