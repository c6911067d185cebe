// Whether the moving picture is held back for the stills' sake: what is too little for a frame fills a thin link all the same, for the
// media server sends on into it. Tried again now and then. Pure: told what arrives, and when.

/** Until the first try, and each time twice as long until the next. */
const FIRST_WAIT_MS = 15_000;
const LONGEST_WAIT_MS = 60_000;

/** A link that carries the picture was measured to bring a frame 0.15 s after it is wanted again. */
const TRIED_FOR_MS = 2000;

/** The presenter's beats alone arrive each second. Where nothing does, nothing fills the link. */
const ARRIVED_WITHIN_MS = 2500;

export class MediaHold {
  #isHeld = false;
  #since = 0;
  #waitMs = FIRST_WAIT_MS;
  #arrived = 0;
  #arrivedAt = -Infinity;

  /** @param {number} arrived bytes by way of the media server @param {number} nowMs */
  hear(arrived, nowMs) {
    if (arrived !== this.#arrived) this.#arrivedAt = nowMs;
    this.#arrived = arrived;
  }

  /** @param {boolean} isStuck the picture is to move, and stills are needed @param {number} nowMs */
  look(isStuck, nowMs) {
    const forMs = nowMs - this.#since;
    if (!isStuck) {
      this.#turn(false, nowMs);
      this.#waitMs = FIRST_WAIT_MS;
    } else if (this.#isHeld && forMs >= this.#waitMs) {
      this.#turn(false, nowMs);
      this.#waitMs = Math.min(LONGEST_WAIT_MS, 2 * this.#waitMs);
    } else if (!this.#isHeld && forMs >= TRIED_FOR_MS && nowMs - this.#arrivedAt < ARRIVED_WITHIN_MS) {
      this.#turn(true, nowMs);
    }
    return this.#isHeld;
  }

  /** @param {boolean} isHeld @param {number} nowMs */
  #turn(isHeld, nowMs) {
    this.#isHeld = isHeld;
    this.#since = nowMs;
  }
}
