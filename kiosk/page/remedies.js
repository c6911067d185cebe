// What to do about a standstill, and how often: first the track is asked for anew, then the room is joined afresh. What that does not
// mend the agent mends, by loading the page again. Pure: told the cause, and when.

/** @typedef {import("./standstill.js").Cause} Cause */
/** @typedef {"resubscribe" | "rejoin"} Remedy */

const RESUBSCRIBES_AFTER_MS = 2000;
const REJOINS_AFTER_MS = 6000;

/** Between two joinings afresh. */
const REJOINS_EVERY_MS = 12_000;

/** A decoder or renderer that does not work after so many will not after more. A network may. */
const REJOINS_AT_MOST = 3;

export class Remedies {
  #since = /** @type {number | null} */ (null);
  #hasResubscribed = false;
  #rejoins = 0;
  #rejoinedAt = 0;

  /**
   * What to do now.
   * @param {Cause | null} cause why the picture stands still; null: it moves
   * @param {number} nowMs
   * @returns {Remedy | null}
   */
  look(cause, nowMs) {
    if (cause !== "network" && cause !== "decoder" && cause !== "renderer") {
      this.#since = null;
      if (cause === null) this.#rejoins = 0;
      return null;
    }
    if (this.#since === null) {
      this.#since = nowMs;
      this.#hasResubscribed = false;
    }
    if (nowMs - this.#since >= REJOINS_AFTER_MS) return this.#rejoin(cause, nowMs);
    if (this.#hasResubscribed || cause === "network" || nowMs - this.#since < RESUBSCRIBES_AFTER_MS) return null;
    this.#hasResubscribed = true;
    return "resubscribe";
  }

  /** @param {Cause} cause @param {number} nowMs @returns {Remedy | null} */
  #rejoin(cause, nowMs) {
    const isTooSoon = this.#rejoins > 0 && nowMs - this.#rejoinedAt < REJOINS_EVERY_MS;
    if (isTooSoon || (cause !== "network" && this.#rejoins >= REJOINS_AT_MOST)) return null;
    this.#rejoins++;
    this.#rejoinedAt = nowMs;
    return "rejoin";
  }
}
