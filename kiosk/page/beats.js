// The named presenter's beats: each second what they have encoded, and whether they are paused.

/**
 * So many in a row: where a fifth is lost, they come by chance in one minute of ten, and fifteen in one of three (computed). A display that is
 * deceived falls again by itself.
 */
const WHOLE_ROW = 20;

/** They come each second. */
const LATE_MS = 2500;

export class Beats {
  #heard = 0;
  #row = 0;
  #heardAt = -Infinity;
  #last = { sequence: -1, frames_encoded: 0, paused: false };

  /** How many were heard. */
  get heard() {
    return this.#heard;
  }

  get encoded() {
    return this.#last.frames_encoded;
  }

  get isPaused() {
    return this.#last.paused;
  }

  /** For how long none was heard. @param {number} nowMs */
  ageMs(nowMs) {
    return nowMs - this.#heardAt;
  }

  /** Whether none was missing lately: the link loses little of what is sent only once. @param {number} nowMs */
  areWhole(nowMs) {
    return this.#row >= WHOLE_ROW && this.ageMs(nowMs) < LATE_MS;
  }

  /** @param {Uint8Array} bytes the wire's PresenterBeat; anything else is passed over @param {number} nowMs */
  hear(bytes, nowMs) {
    const beat = read(bytes);
    if (typeof beat?.frames_encoded !== "number" || typeof beat.paused !== "boolean") return;
    this.#heard++;
    this.#row = beat.sequence === this.#last.sequence + 1 ? this.#row + 1 : 1;
    this.#heardAt = nowMs;
    this.#last = beat;
  }
}

/** @param {Uint8Array} bytes */
function read(bytes) {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}
