// What lies over the picture: nothing, a veil through which the last frame is still seen, or a card. Pure: told what there is, and when.

/** @typedef {"nothing" | "veil" | "card"} Covering */

/** The last frame is dimmed for so long; then it would only deceive. */
const DIMMED_FOR_MS = 8000;

export class Cover {
  #troubledSince = /** @type {number | null} */ (null);

  /**
   * @param {{isLive: boolean, hasFrame: boolean}} seen whether new frames come, or the presenter's screen is still; whether there is
   *   a last frame, on the glass or kept
   * @param {number} nowMs
   * @returns {Covering}
   */
  look({ isLive, hasFrame }, nowMs) {
    if (isLive) {
      this.#troubledSince = null;
      return "nothing";
    }
    this.#troubledSince ??= nowMs;
    return hasFrame && nowMs - this.#troubledSince < DIMMED_FOR_MS ? "veil" : "card";
  }
}
