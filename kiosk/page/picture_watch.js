// Whether a picture that should have come did not. Pure: told what is there, and when.

/**
 * @typedef {object} Seen
 * @property {boolean} isPresenterHere the named presenter is in the room
 * @property {boolean} isSubscribed their screen's track has come
 * @property {boolean} hasFrame a frame of it was presented
 */

/** The first frame follows a subscription by less than 0.1 s and a publication by 0.35 s, measured; a bad link may need seconds. */
const PATIENCE_MS = 5000;

export class PictureWatch {
  #missing = /** @type {string | null} */ (null);
  #since = 0;

  /**
   * What has been missing for too long, in words; null while there is still hope.
   * @param {Seen} seen
   * @param {number} nowMs
   */
  look(seen, nowMs) {
    const missing = missingWords(seen);
    if (missing !== this.#missing) this.#since = nowMs;
    this.#missing = missing;
    return nowMs - this.#since >= PATIENCE_MS ? missing : null;
  }

  /** Whether nothing was missing at the last look. */
  get isWell() {
    return this.#missing === null;
  }
}

/** @param {Seen} seen */
function missingWords({ isPresenterHere, isSubscribed, hasFrame }) {
  if (isSubscribed) return hasFrame ? null : "the presenter's screen came without a frame";
  return isPresenterHere ? "the presenter is here, but not their screen" : null;
}
