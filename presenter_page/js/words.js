// The page's sentences.

import { STEP_WORDS } from "./quality_words.js";

/** @typedef {import("./quality_words.js").Step} Step */
/** @typedef {import("./quality_words.js").Limits} Limits */
/** @typedef {import("./quality_words.js").Alarm} Alarm */
/** @typedef {{name: string, role: string, showing: string, liveness: string, has_stills: boolean, hold: Hold | null, step: Step, step_reason: string}} WallDisplay */
/** @typedef {keyof typeof HELD} Hold */
/** @typedef {{message: string} | null} Notice */

/**
 * @typedef {object} WallStatus
 * @property {number} approved
 * @property {number} showing
 * @property {WallDisplay[]} displays
 * @property {Notice} warning
 * @property {Notice} budget
 * @property {Limits} limits what the quality guard lets this page send
 * @property {string} limits_reason
 * @property {Alarm[]} alarms
 */

/** What the bandwidth budget does to a display. */
const HELD = {
  no_more_join: "◌ kept out by the bandwidth budget",
  used_up: "▲ single pictures only: bandwidth budget",
  stopped: "◌ stopped by the bandwidth budget",
};

/** @param {string} phase @param {number | null} liveForMs */
export function phaseWords(phase, liveForMs) {
  switch (phase) {
    case "choosing":
      return "Choose what to share.";
    case "starting":
      return "Connecting …";
    case "checking":
      return "Checking the picture …";
    case "live":
      return `Live ${durationWords(liveForMs ?? 0)}`;
    case "reconnecting":
      return "Connection lost. Reconnecting by itself …";
    case "failed":
      return "Not sharing.";
    default:
      return "Not sharing.";
  }
}

/** What the presenter reads whose place another took. @param {string} holder */
export function takenOverWords(holder) {
  return `${holder} took over and presents now; your screen is not on the wall any more.`;
}

/** @param {number} ms @returns {string} for example 1:02:07 */
export function durationWords(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] > 0 ? parts : parts.slice(1);
  return shown.map((part, place) => (place === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

/** @param {WallStatus} status @param {boolean} isSharing */
export function wallWords(status, isSharing) {
  if (status.approved === 0) return "No display is approved yet.";
  const screens = status.approved === 1 ? "screen" : "screens";
  if (!isSharing && status.showing > 0) return `${status.showing} of ${status.approved} ${screens} showing a picture that is not shared here.`;
  if (!isSharing) return readyWords(status.displays.filter((display) => display.hold === null).length);
  const missing = status.displays.filter((display) => display.showing !== "showing").map((display) => display.name);
  const count = `${status.showing} of ${status.approved} ${screens} showing`;
  return missing.length === 0 ? `${count}.` : `${count}. Missing: ${missing.join(", ")}.`;
}

/** @param {number} count */
function readyWords(count) {
  return `${count} ${count === 1 ? "screen" : "screens"} ready to show.`;
}

/** Why a display shows the picture or not. @param {WallDisplay} display @param {boolean} isSharing */
export function displayWords(display, isSharing) {
  if (display.liveness === "offline") return "✕ offline";
  if (display.hold !== null) return HELD[display.hold];
  if (isSharing && display.showing !== "unknown" && display.step !== "full") return STEP_WORDS[display.step];
  if (display.showing === "showing") return "● showing";
  if (display.showing === "unknown") return "? not heard for a while";
  if (display.has_stills && isSharing) return "▲ single pictures";
  return isSharing ? "✕ not showing" : "○ ready";
}

/** @param {{width: number, height: number, frames_per_second: number, sent_bps: number} | null} sender */
export function senderWords(sender) {
  if (sender === null || sender.width === 0) return null;
  const megabits = (sender.sent_bps / 1e6).toFixed(1);
  return `Sending ${sender.width} × ${sender.height}, ${Math.round(sender.frames_per_second)} frames a second, ${megabits} Mbit/s.`;
}
