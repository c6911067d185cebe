// Whether the moving picture is held back for the stills' sake: what is too little for a frame fills a thin link all the same, for the
// media server sends on into it. Tried again now and then, and as soon as stills come much faster. Pure: told what arrives, and when.

/** @typedef {import("./stills.js").Arrival} Arrival */

/** From holding it to the first try; each that fails doubles it. */
const FIRST_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 60_000;

/** A picture that went on for so long proves the link: what failed before is forgotten. */
const PROVED_AFTER_MS = 60_000;

/** A link that carries the picture was measured to bring a frame 0.15 s after it is wanted again. */
const TRIED_FOR_MS = 1500;

/** The presenter's beats alone arrive each second. Where nothing does, nothing fills the link. */
const ARRIVED_WITHIN_MS = 2500;

/** A still that takes longer tells of a link under 0.6 Mbit/s, on which no picture can be tried but to the stills' cost. */
const THIN_FROM_MS = 1000;

/** So many times as fast as any still since the picture is held: the link is another one. */
const HEALED_BY = 4;

/** A try right behind a still delays the next one least; where no still comes it is not waited for. */
const BEHIND_STILL_MS = 1000;
const WITHOUT_STILL_MS = 10_000;

export class MediaHold {
  #isHeld = false;
  #since = 0;
  #heldAt = -Infinity;
  #waitMs = FIRST_WAIT_MS;
  #arrived = 0;
  #arrivedAt = -Infinity;
  #arrivesSince = 0;
  #still = /** @type {Arrival | null} */ (null);
  #fastest = /** @type {number | null} */ (null);
  #isHealed = false;

  /** @param {number} arrived bytes by way of the media server @param {number} nowMs */
  hear(arrived, nowMs) {
    if (arrived === this.#arrived) return;
    if (nowMs - this.#arrivedAt >= ARRIVED_WITHIN_MS) this.#arrivesSince = nowMs;
    this.#arrived = arrived;
    this.#arrivedAt = nowMs;
  }

  /** @param {Arrival | null} still the newest one that came */
  hearStill(still) {
    if (still === null || still.atMs === this.#still?.atMs) return;
    const pace = still.bytes / Math.max(1, still.transferMs);
    if (this.#fastest !== null && pace >= HEALED_BY * this.#fastest) this.#isHealed = true;
    this.#fastest = Math.max(pace, this.#fastest ?? 0);
    this.#still = still;
  }

  /** @param {{isStuck: boolean, chokes: boolean}} seen whether the picture is to move, and stills are needed; whether the link was found to choke @param {number} nowMs */
  look({ isStuck, chokes }, nowMs) {
    const forMs = nowMs - this.#since;
    const isFilled = nowMs - this.#arrivedAt < ARRIVED_WITHIN_MS;
    const triedForMs = nowMs - Math.max(this.#since, this.#arrivesSince);
    if (!isStuck) this.#letGo(nowMs);
    else if (this.#isHeld && this.#isDue(forMs, nowMs)) this.#letGo(nowMs);
    else if (!this.#isHeld && isFilled && (chokes || triedForMs >= TRIED_FOR_MS)) this.#hold(nowMs);
    if (this.#isHeld) this.#heldAt = nowMs;
    return this.#isHeld;
  }

  /** @param {number} forMs @param {number} nowMs */
  #isDue(forMs, nowMs) {
    const isThin = this.#still !== null && this.#still.transferMs >= THIN_FROM_MS;
    const lateMs = forMs - (isThin ? LONGEST_WAIT_MS : this.#waitMs);
    const isBehindStill = this.#still !== null && nowMs - this.#still.atMs <= BEHIND_STILL_MS;
    return this.#isHealed || lateMs >= (isBehindStill ? 0 : WITHOUT_STILL_MS);
  }

  /** @param {number} nowMs */
  #hold(nowMs) {
    const isProved = nowMs - this.#heldAt >= PROVED_AFTER_MS;
    this.#waitMs = isProved ? FIRST_WAIT_MS : Math.min(LONGEST_WAIT_MS, 2 * this.#waitMs);
    this.#fastest = null;
    this.#isHealed = false;
    this.#isHeld = true;
    this.#since = nowMs;
  }

  /** @param {number} nowMs */
  #letGo(nowMs) {
    this.#isHeld = false;
    this.#since = nowMs;
  }
}
