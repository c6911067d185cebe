// How much of the picture the link carries, told by what came of it lately. Pure: told the counts, and when.

/** @typedef {import("./agent_link.js").Step} Step */

/**
 * What is counted. Each only grows, but for packets that were thought lost and came late.
 * @typedef {object} Counts
 * @property {number} encoded frames, as the last beat told
 * @property {number} received frames
 * @property {number} packets of the picture that came
 * @property {number} lost packets
 */

/** Over so long it is looked at: a link that lets nothing through is noticed after three. The page joins afresh after six. */
const LOOKED_AT_MS = 5000;

/** Part of the encoded frames that a step gives; the others give no frames. */
const FRAMES = /** @type {Record<Step, number>} */ ({ full: 1, base: 0.25 });

/**
 * Received of the frames that were encoded, below which it chokes. A link of 2 Mbit/s was measured to let none through of 4; and on one of
 * 3 the base layer gave nothing for five seconds, though it fits: a decoder that has nothing waits for a key frame.
 */
const CHOKES_BELOW = 0.4;

/** Frames a second that the presenter must encode before a missing one means anything. */
const MOVING_FPS = 5;

/** What was encoded in a time of which no beat told is not missed: then everything was away, or nothing was sent. */
const UNTOLD_MS = 2000;

/** Lost of the packets, from which on the base layer does not fit either: it has 54 % of the bits. Such a link loses the beats, too. */
const FITS_NOTHING_FROM = 0.4;

/** A link that loses so much carries nothing, and for half as long is enough: what it lets through are not even its display's own words. */
const LOSES_ALL_FROM = 0.6;
const LOSES_ALL_FOR_MS = 2500;

/** Fewer say nothing of a link: a screen in motion sends 400 a second. */
const ENOUGH_PACKETS = 100;

/** What was lost while nothing came at all is not missed: the link was cut, if only for a second. A link that chokes is full. */
const CUT_MS = 400;

export class CarriedWatch {
  #frames = new Lately(LOOKED_AT_MS, UNTOLD_MS);
  #packets = new Lately(LOOKED_AT_MS, CUT_MS);
  #newestPackets = new Lately(LOSES_ALL_FOR_MS, CUT_MS);

  /**
   * The most that the link carries, as far as that is known: never more than the step that is taken.
   * @param {Counts} counts @param {Step} step one that gives frames @param {number} nowMs
   * @returns {Step}
   */
  look({ encoded, received, packets, lost }, step, nowMs) {
    const ofFrames = this.#frames.look(encoded, received, nowMs);
    const ofPackets = this.#packets.look(packets, lost, nowMs);
    const ofNewest = this.#newestPackets.look(packets, lost, nowMs);
    const chokes = ofFrames !== null && missesMost(ofFrames.led, ofFrames.other, FRAMES[step]);
    const losesMuch = loses(ofPackets, FITS_NOTHING_FROM) || loses(ofNewest, LOSES_ALL_FROM);
    return chokes || losesMuch ? "stills" : step;
  }
}

/** How much two counts grew in the last seconds; it begins anew where the one that leads was seen to stand. */
class Lately {
  #lookedAtMs;
  #stoodMs;
  #ledAt = -Infinity;
  #seen = /** @type {{atMs: number, led: number, other: number}[]} */ ([]);

  /** @param {number} lookedAtMs @param {number} stoodMs */
  constructor(lookedAtMs, stoodMs) {
    this.#lookedAtMs = lookedAtMs;
    this.#stoodMs = stoodMs;
  }

  /** @param {number} led @param {number} other @param {number} nowMs @returns {{led: number, other: number} | null} null: not for long enough */
  look(led, other, nowMs) {
    const before = this.#seen.at(-1);
    if (led !== before?.led) {
      if (before && before.atMs - this.#ledAt >= this.#stoodMs) this.#seen = [];
      this.#ledAt = nowMs;
    }
    this.#seen.push({ atMs: nowMs, led, other });
    while (this.#seen.length > 1 && nowMs - this.#seen[1].atMs >= this.#lookedAtMs) this.#seen.shift();
    const first = this.#seen[0];
    return nowMs - first.atMs < this.#lookedAtMs ? null : { led: led - first.led, other: other - first.other };
  }
}

/** @param {{led: number, other: number} | null} packets that came, and those lost @param {number} share */
function loses(packets, share) {
  if (packets === null) return false;
  const sent = packets.led + packets.other;
  return sent >= ENOUGH_PACKETS && packets.other >= share * sent;
}

/** @param {number} encoded @param {number} received frames @param {number} share of the encoded ones that was asked for */
function missesMost(encoded, received, share) {
  return encoded >= (MOVING_FPS * LOOKED_AT_MS) / 1000 && received < CHOKES_BELOW * share * encoded;
}
