// Whether single pictures are needed in place of the moving one. Pure: told of frames and of how things are, and when.

/** So long without a new frame, while the presenter sends. */
const PATIENCE_MS = 5000;

/** Two frames within this are a moving picture again: one alone may be all that a bad link lets through for a while. */
const MOVES_WITHIN_MS = 1000;

/** Beats that are lost make a screen seem still for 0.8 s (standstill.js). */
const STILL_AFTER_MS = 1000;

export class StillsNeed {
  #isNeeded = false;
  #isTold = false;
  #stillSince = /** @type {number | null} */ (null);
  #wellAt = /** @type {number | null} */ (null);
  #frameAt = -Infinity;
  #frameBeforeAt = -Infinity;

  get isNeeded() {
    return this.#isNeeded;
  }

  /** A frame was presented. @param {number} nowMs */
  frameCame(nowMs) {
    this.#frameBeforeAt = this.#frameAt;
    this.#frameAt = this.#wellAt = nowMs;
    if (!this.#isTold && this.#frameAt - this.#frameBeforeAt <= MOVES_WITHIN_MS) this.#isNeeded = false;
  }

  /**
   * @param {object} seen
   * @param {boolean} seen.isSent whether the presenter sends a picture to this display
   * @param {boolean} seen.isStill whether what stands on the glass is what their screen shows, because it does not change
   * @param {boolean} seen.isTold whether the display is to take single ones only, or holds the moving one back
   * @param {boolean} seen.chokes whether the link was found to carry less, though a frame comes through it now and then
   * @param {number} nowMs
   */
  look({ isSent, isStill, isTold, chokes }, nowMs) {
    this.#isTold = isTold;
    this.#stillSince = isStill ? (this.#stillSince ?? nowMs) : null;
    const isWell = !isSent || (this.#stillSince !== null && nowMs - this.#stillSince >= STILL_AFTER_MS);
    if (isWell) this.#isNeeded = false;
    if (isWell || this.#wellAt === null) this.#wellAt = nowMs;
    if (isSent && (isTold || chokes || nowMs - this.#wellAt >= PATIENCE_MS)) this.#isNeeded = true;
    return this.#isNeeded;
  }
}
