// The mark in the corner of a still: that the picture does not move, why, and how old it is.

/** @typedef {import("./standstill.js").Cause | "stills" | null} Why stills: only single pictures are to be taken */

const TICK_MS = 250;

/** @type {Record<string, string>} */
const WHY = {
  network: "The network brings no moving picture.",
  presenter_silent: "The network brings no moving picture.", // the controller hears the presenter, else there were no stills
  decoder: "The moving picture is not decoded.",
  renderer: "The moving picture is not drawn.",
  stills: "The moving picture is too much for now.",
};

export class StillMark {
  #mark;
  #ageMs;
  #why;

  /** @param {HTMLElement} mark @param {() => number | null} ageMs @param {() => Why} why */
  constructor(mark, ageMs, why) {
    this.#mark = mark;
    this.#ageMs = ageMs;
    this.#why = why;
    setInterval(() => this.#tick(), TICK_MS);
  }

  /** @param {boolean} isShown */
  set isShown(isShown) {
    this.#mark.hidden = !isShown;
    this.#tick();
  }

  #tick() {
    const ageMs = this.#ageMs();
    if (this.#mark.hidden || ageMs === null) return;
    const words = markWords(ageMs, this.#why());
    if (this.#mark.textContent !== words) this.#mark.textContent = words;
  }
}

/** @param {number} ageMs @param {Why} why */
export function markWords(ageMs, why) {
  return `Single picture, ${Math.round(ageMs / 1000)} s old. ${WHY[why ?? ""] ?? "Connecting to the moving picture."}`;
}
