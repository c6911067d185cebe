// The named presenter's beats: each second what they have encoded, and whether they are paused.

export class Beats {
  #heard = 0;
  #heardAt = -Infinity;
  #last = { frames_encoded: 0, paused: false };

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

  /** @param {Uint8Array} bytes the wire's PresenterBeat; anything else is passed over @param {number} nowMs */
  hear(bytes, nowMs) {
    const beat = read(bytes);
    if (typeof beat?.frames_encoded !== "number" || typeof beat.paused !== "boolean") return;
    this.#heard++;
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
