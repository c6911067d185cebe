// What the wall shows, display by display.

import { displayWords, wallWords } from "./words.js";

/** @typedef {import("./words.js").WallStatus} WallStatus */

export class WallView {
  #count = /** @type {HTMLElement} */ (document.getElementById("wall-count"));
  #warning = /** @type {HTMLElement} */ (document.getElementById("wall-warning"));
  #list = /** @type {HTMLElement} */ (document.getElementById("wall"));

  /** @param {WallStatus} status @param {boolean} isSharing */
  show(status, isSharing) {
    const words = wallWords(status, isSharing);
    if (this.#count.textContent !== words) this.#count.textContent = words;
    this.#warning.hidden = status.warning === null;
    this.#warning.textContent = status.warning?.message ?? "";
    this.#list.replaceChildren(...status.displays.map((display) => row(display, isSharing)));
  }

  /** The controller is not heard any more. */
  showStale() {
    this.#count.textContent = "The controller is not heard. What follows may be old.";
  }
}

/** @param {import("./words.js").WallDisplay} display @param {boolean} isSharing */
function row(display, isSharing) {
  const element = document.createElement("li");
  element.dataset.showing = display.showing;
  element.append(span("name", display.name), span("role", display.role), span("shows", displayWords(display, isSharing)));
  return element;
}

/** @param {string} name @param {string} text */
function span(name, text) {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  return element;
}
