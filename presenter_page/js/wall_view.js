// What the wall shows, display by display.

import { alarmWords, areLowered, limitsWords, sentence } from "./quality_words.js";
import { displayWords, wallWords } from "./words.js";

/** @typedef {import("./words.js").WallStatus} WallStatus */

/** By the mark that the words begin with. @type {Record<string, string>} */
const TONES = { "●": "good", "▲": "warning", "✕": "trouble" };

export class WallView {
  #count = /** @type {HTMLElement} */ (document.getElementById("wall-count"));
  #budget = /** @type {HTMLElement} */ (document.getElementById("wall-budget"));
  #warning = /** @type {HTMLElement} */ (document.getElementById("wall-warning"));
  #alarms = /** @type {HTMLElement} */ (document.getElementById("wall-alarms"));
  #limits = /** @type {HTMLElement} */ (document.getElementById("wall-limits"));
  #list = /** @type {HTMLElement} */ (document.getElementById("wall"));

  #status = /** @type {WallStatus | null} */ (null);
  #isSharing = false;

  /** Whether this page shares: what is missing then is only ready otherwise. @param {boolean} isSharing */
  set sharing(isSharing) {
    if (isSharing === this.#isSharing) return;
    this.#isSharing = isSharing;
    if (this.#status !== null) this.show(this.#status);
  }

  /** @param {WallStatus} status */
  show(status) {
    this.#status = status;
    const isSharing = this.#isSharing;
    const words = wallWords(status, isSharing);
    if (this.#count.textContent !== words) this.#count.textContent = words;
    showNotice(this.#warning, status.warning);
    showNotice(this.#budget, status.budget);
    this.#showQuality(status);
    this.#list.replaceChildren(...status.displays.map((display) => row(display, isSharing)));
  }

  /** @param {WallStatus} status */
  #showQuality({ alarms, limits, limits_reason: reason }) {
    const words = alarms.map((alarm) => `▲ ${alarmWords(alarm, "Your share")}`).join(" ");
    showNotice(this.#alarms, words === "" ? null : { message: words });
    const isLowered = this.#isSharing && areLowered(limits);
    showNotice(this.#limits, isLowered ? { message: `You send at most ${limitsWords(limits)}: ${reason}.` } : null);
  }

  /** The controller is not heard any more. @param {string} words */
  showStale(words) {
    this.#count.textContent = `${words} What follows may be old.`;
  }

  /** The controller tells no more. @param {(string | Node)[]} notice */
  showEnded(notice) {
    this.#count.replaceChildren(...notice);
    this.#list.replaceChildren();
  }
}

/** @param {HTMLElement} target @param {{message: string} | null} notice */
function showNotice(target, notice) {
  const words = notice?.message ?? "";
  if (target.textContent !== words) target.textContent = words;
  target.hidden = notice === null;
}

/** @param {import("./words.js").WallDisplay} display @param {boolean} isSharing */
function row(display, isSharing) {
  const element = document.createElement("li");
  const words = displayWords(display, isSharing);
  element.dataset.tone = TONES[words.charAt(0)] ?? "none";
  element.append(span("name", display.name), span("role", display.role), span("shows", words));
  if (isSharing && display.step !== "full") element.append(span("why", sentence(display.step_reason)));
  return element;
}

/** @param {string} name @param {string} text */
function span(name, text) {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  return element;
}
