// What the quality guard does, in the words of both pages.

import { HIGHEST } from "./highest_limits.js";

/** @typedef {import("./highest_limits.js").Limits} Limits */
/** @typedef {"full" | "base" | "stills" | "off"} Step */
/** @typedef {{display_name: string | null, message: string}} Alarm */

/** How much of the picture a display is given. @type {Record<Step, string>} */
export const STEP_WORDS = {
  full: "● the whole picture",
  base: "▲ fewer pictures a second",
  stills: "▲ single pictures",
  off: "○ paused for its link",
};

/** @param {Limits} limits */
export function limitsWords(limits) {
  return `${(limits.max_bitrate_bps / 1e6).toFixed(2)} Mbit/s and ${limits.max_frames_per_second} frames a second`;
}

/** A reason as a sentence of its own. @param {string} reason */
export function sentence(reason) {
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
}

/** Whether they let the presenter send less than ever. @param {Limits} limits */
export function areLowered(limits) {
  return limits.max_bitrate_bps < HIGHEST.max_bitrate_bps || limits.max_frames_per_second < HIGHEST.max_frames_per_second;
}

/** @param {Alarm} alarm @param {string} presenter what to call whoever presents */
export function alarmWords(alarm, presenter) {
  return `${alarm.display_name ?? presenter} ${alarm.message}.`;
}
