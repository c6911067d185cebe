// What lies over the picture: nothing, a veil through which the last frame is still seen, a still, or a card. Pure: told what there is, and when.

/** @typedef {"nothing" | "veil" | "still" | "card"} Covering */

/** The last frame is dimmed for so long; then it would only deceive. */
const DIMMED_FOR_MS = 8000;

export class Cover {
  #troubledSince = /** @type {number | null} */ (null);

  /**
   * @param {{isLive: boolean, hasFrame: boolean, hasStill: boolean}} seen whether new frames come, or the presenter's screen is
   *   still; whether there is a last frame, on the glass or kept; whether there is a single picture in their place
   * @param {number} nowMs
   * @returns {Covering}
   */
  look({ isLive, hasFrame, hasStill }, nowMs) {
    if (isLive) {
      this.#troubledSince = null;
      return "nothing";
    }
    this.#troubledSince ??= nowMs;
    if (hasStill) return "still";
    return hasFrame && nowMs - this.#troubledSince < DIMMED_FOR_MS ? "veil" : "card";
  }
}
