// For how long nothing at all came over the link: it was cut, and what was lost meanwhile says nothing of how it carries. Pure: told the
// count, and when.

/** The presenter's beats come each second, if nothing else does. */
const OUTAGE_MS = 1200;

export class Outages {
  #arrived = 0;
  #grownAt = /** @type {number | null} */ (null);
  #seenAt = 0;
  #overMs = 0;

  /**
   * @param {number} arrived how much came of anything: more than before, or nothing did; less: over another connection
   * @param {number} nowMs
   */
  look(arrived, nowMs) {
    if (arrived !== this.#arrived || this.#grownAt === null) {
      if (this.#isOutage) this.#overMs += nowMs - (this.#grownAt ?? nowMs); // to now: what was lost is seen with the first packet after it
      this.#grownAt = nowMs;
    }
    this.#arrived = arrived;
    this.#seenAt = nowMs;
  }

  /** Altogether, with one that lasts. It only grows. */
  get ms() {
    return Math.round(this.#overMs + (this.#isOutage ? this.#stoodMs : 0));
  }

  get #isOutage() {
    return this.#stoodMs >= OUTAGE_MS;
  }

  /** From when something more was seen, to the last look. */
  get #stoodMs() {
    return this.#grownAt === null ? 0 : this.#seenAt - this.#grownAt;
  }
}
