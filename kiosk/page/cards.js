// The card: what stands on the screen while there is no picture. Its clock moves, so that a still one means a frozen machine.

import { drawCode } from "./dashboard_code.js";

/** @typedef {import("./agent_link.js").Card} Card */

const TICK_MS = 250;
const CLOCK = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

export class CardView {
  #card;
  #nextTryAt = /** @type {number | null} */ (null);

  /** @param {HTMLElement} card */
  constructor(card) {
    this.#card = card;
    setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
  }

  /** How the card lies over the picture. @param {import("./cover.js").Covering} covering */
  set covering(covering) {
    this.#card.hidden = covering === "nothing" || covering === "still";
    this.#card.dataset.covering = covering;
  }

  get covering() {
    return /** @type {import("./cover.js").Covering} */ (this.#card.dataset.covering);
  }

  /** @param {Card} card */
  show(card) {
    this.#card.dataset.kind = card.kind;
    this.#card.dataset.tone = card.tone;
    this.#text("title", card.title);
    this.#text("code", card.code);
    this.#text("corner", card.corner.join("  ·  "));
    this.#part("lines").replaceChildren(...card.lines.map(line));
    this.#showDashboard(card.dashboard);
    this.#nextTryAt = card.next_try_in_ms === null ? null : performance.now() + card.next_try_in_ms;
    this.#tick();
  }

  /** @param {string | null} address */
  #showDashboard(address) {
    this.#part("dashboard").hidden = address === null;
    this.#part("dashboard-code").replaceChildren(...(address === null ? [] : [drawCode(address)]));
  }

  #tick() {
    this.#text("clock", new Date().toLocaleTimeString(undefined, CLOCK));
    this.#text("next-try", this.#nextTryAt === null ? null : nextTryWords(this.#nextTryAt - performance.now()));
  }

  /** @param {string} id @param {string | null} text */
  #text(id, text) {
    const part = this.#part(id);
    part.hidden = text === null;
    if (part.textContent !== text) part.textContent = text;
  }

  /** @param {string} id */
  #part(id) {
    return /** @type {HTMLElement} */ (document.getElementById(id));
  }
}

/** @param {number} ms until the next try */
export function nextTryWords(ms) {
  const seconds = Math.ceil(ms / 1000);
  return seconds <= 0 ? "Trying now" : `Next try in ${seconds} s`;
}

/** @param {string} text */
function line(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}
