// Whether the moving picture is held back for the stills' sake: what is too little for a frame fills a thin link all the same, for the
// media server sends on into it. Tried again now and then, and as soon as stills come much faster. Pure: told what arrives, and when.

import { paceBps } from "./still_pace.js";

/** @typedef {import("./stills.js").Arrival} Arrival */

/** From holding it to the first try; each that fails doubles it. A try costs everybody a key frame: two a minute are borne, and a link heals unseen for half a minute. */
const FIRST_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 27_000;

/** A picture that went on for so long proves the link: what failed before is forgotten. */
const PROVED_AFTER_MS = 60_000;

/** From when the picture sticks, and bytes come all the same. */
const STUCK_FOR_MS = 1500;

/** A link that carries the picture was measured to bring a frame 0.15 s after it is wanted again, and on a busy machine after more than 1.5. */
const TRIED_FOR_MS = 4000;

/** Lost of the packets of a try, from which on it failed; most of them are lost at once where the link is still thin. */
const FAILED_FROM = 0.4;
const ENOUGH_PACKETS = 50;

/** The presenter's beats alone arrive each second. Where nothing does, nothing fills the link. */
const ARRIVED_WITHIN_MS = 2500;

/** Where stills come more slowly, not even the base layer fits, and a try is at the stills' cost only. */
const THIN_BELOW_BPS = 1_500_000;
const THIN_WAIT_MS = 60_000;

/** So many times as fast as any still since the picture is held: the link is another one. */
const HEALED_BY = 4;

/** A try right behind a still delays the next one least; where no still comes it is not waited for. */
const BEHIND_STILL_MS = 1000;
const WITHOUT_STILL_MS = 10_000;

export class MediaHold {
  #isHeld = false;
  #isTried = false;
  #since = 0;
  #heldAt = -Infinity;
  #waitMs = FIRST_WAIT_MS;
  #arrived = { bytes: 0, packets: 0, lost: 0 };
  #arrivedAt = -Infinity;
  #arrivesSince = 0;
  #triedFrom = this.#arrived;
  #still = /** @type {Arrival | null} */ (null);
  #paceBps = /** @type {number | null} */ (null);
  #fastestBps = /** @type {number | null} */ (null);
  #isHealed = false;

  /** @param {{bytes: number, packets: number, lost: number}} arrived bytes by way of the media server; packets of the picture @param {number} nowMs */
  hear(arrived, nowMs) {
    const isMore = arrived.bytes !== this.#arrived.bytes;
    this.#arrived = arrived;
    if (!isMore) return;
    if (nowMs - this.#arrivedAt >= ARRIVED_WITHIN_MS) this.#arrivesSince = nowMs;
    this.#arrivedAt = nowMs;
  }

  /** @param {Arrival | null} still the newest one that came */
  hearStill(still) {
    if (still === null || still.atMs === this.#still?.atMs) return;
    this.#still = still;
    const pace = paceBps(still);
    if (pace === null) return;
    if (this.#fastestBps !== null && pace >= HEALED_BY * this.#fastestBps) this.#isHealed = true;
    this.#fastestBps = Math.max(pace, this.#fastestBps ?? 0);
    this.#paceBps = pace;
  }

  /** @param {{isStuck: boolean, chokes: boolean}} seen whether the picture is to move, and stills are needed; whether the link was found to choke @param {number} nowMs */
  look({ isStuck, chokes }, nowMs) {
    const forMs = nowMs - this.#since;
    const isFilled = nowMs - this.#arrivedAt < ARRIVED_WITHIN_MS;
    const isLong = nowMs - Math.max(this.#since, this.#arrivesSince) >= (this.#isTried ? TRIED_FOR_MS : STUCK_FOR_MS);
    if (!isStuck) this.#letGo(false, nowMs);
    else if (this.#isHeld && this.#isDue(forMs, nowMs)) this.#letGo(true, nowMs);
    else if (!this.#isHeld && isFilled && (chokes || this.#hasFailed || isLong)) this.#hold(nowMs);
    if (this.#isHeld) this.#heldAt = nowMs;
    return this.#isHeld;
  }

  /** Whether most of what was tried is lost. */
  get #hasFailed() {
    const packets = this.#arrived.packets - this.#triedFrom.packets;
    const lost = this.#arrived.lost - this.#triedFrom.lost;
    return packets + lost >= ENOUGH_PACKETS && lost >= FAILED_FROM * (packets + lost);
  }

  /** @param {number} forMs @param {number} nowMs */
  #isDue(forMs, nowMs) {
    const isThin = this.#paceBps !== null && this.#paceBps < THIN_BELOW_BPS;
    const lateMs = forMs - (isThin ? THIN_WAIT_MS : this.#waitMs);
    const isBehindStill = this.#still !== null && nowMs - this.#still.atMs <= BEHIND_STILL_MS;
    return this.#isHealed || lateMs >= (isBehindStill ? 0 : WITHOUT_STILL_MS);
  }

  /** @param {number} nowMs */
  #hold(nowMs) {
    const isProved = nowMs - this.#heldAt >= PROVED_AFTER_MS;
    this.#waitMs = isProved ? FIRST_WAIT_MS : Math.min(LONGEST_WAIT_MS, 2 * this.#waitMs);
    this.#fastestBps = null;
    this.#isHealed = false;
    this.#isHeld = true;
    this.#since = nowMs;
  }

  /** @param {boolean} isTried whether it is not known to come @param {number} nowMs */
  #letGo(isTried, nowMs) {
    this.#isHeld = false;
    this.#isTried = isTried;
    this.#since = nowMs;
    this.#triedFrom = this.#arrived;
  }
}
