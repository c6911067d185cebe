// How long frames wait to be shown in time: not at all on a clear link, and on one that loses packets until those were sent again. Pure: told
// the counts, and when.
//
// Measured, 40 ms from the media server, with 5 % lost in bursts of two, ten seconds of 4 Mbit/s of motion each: without a wait 11 freezes,
// 3.1 s in all, and frames up to 317 ms apart; with 200 ms 2 freezes, 0.8 s; with 400 ms none, and frames up to 150 ms apart. The picture
// is a quarter of a second older for it. On a clear link a wait helps nothing.

const WAIT_MS = 400;

/** Lost of the packets, from which on it waits, and from which on it goes on. */
const LOSES = 0.03;
const LOSES_STILL = 0.01;

const LOOKED_AT_MS = 2000;

/** A link that was cut for a second lost much, and loses no more. */
const LASTS_MS = 3000;
const HOLDS_MS = 30_000;

/** Fewer say nothing of a link. */
const ENOUGH_PACKETS = 50;

export class FrameWait {
  #seen = /** @type {{atMs: number, packets: number, lost: number}[]} */ ([]);
  #lossySince = /** @type {number | null} */ (null);
  #waitsUntil = -Infinity;

  /**
   * Milliseconds, by what came of the picture and what was lost lately.
   * @param {{packets: number, lost: number}} counts each grows as long as the track is the same
   * @param {number} nowMs
   */
  look({ packets, lost }, nowMs) {
    if (packets < (this.#seen.at(-1)?.packets ?? 0)) this.#seen = [];
    this.#seen.push({ atMs: nowMs, packets, lost });
    while (this.#seen.length > 1 && nowMs - this.#seen[1].atMs >= LOOKED_AT_MS) this.#seen.shift();
    const waits = nowMs < this.#waitsUntil;
    const isLossy = this.#lostShare >= (waits ? LOSES_STILL : LOSES);
    this.#lossySince = isLossy ? (this.#lossySince ?? nowMs) : null;
    if (this.#lossySince !== null && nowMs - this.#lossySince >= LASTS_MS) this.#waitsUntil = nowMs + HOLDS_MS;
    return nowMs < this.#waitsUntil ? WAIT_MS : 0;
  }

  get #lostShare() {
    const [first, last] = [this.#seen[0], this.#seen[this.#seen.length - 1]];
    const lost = last.lost - first.lost;
    const sent = last.packets - first.packets + lost;
    return sent >= ENOUGH_PACKETS ? lost / sent : 0;
  }
}
