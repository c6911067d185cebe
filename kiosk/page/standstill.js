// Why no new frame comes: compares how far presenter, network, decoder and renderer have come. Pure: told the counts, and when.

/**
 * What is counted, from the presenter's screen to the glass. Each only grows.
 * @typedef {object} Counts
 * @property {number} beats of the presenter, heard in the room
 * @property {number} encoded frames, as the last beat told
 * @property {number} arrived bytes of anything over this display's connection
 * @property {number} lost packets of the picture
 * @property {number} received frames
 * @property {number} decoded frames
 * @property {number} presented frames
 */

/**
 * @typedef {object} Circumstances
 * @property {boolean} isOffline the machine has no network
 * @property {boolean} isPaused the presenter's last beat said so
 * @property {boolean} isPresenterHeard the controller hears the presenter, and that they are live
 */

/** @typedef {"presenter_still" | "presenter_paused" | "presenter_silent" | "network" | "decoder" | "renderer"} Cause */

const NAMES = /** @type {const} */ (["beats", "encoded", "arrived", "lost", "received", "decoded", "presented"]);

/** The least that is sent is 10 frames a second; on a bad link a lost one takes a second to be sent again. */
const PATIENCE_MS = 2500;

/** Beats come each second, and may get lost: three in a row. */
const BEATS_MISSED_MS = 3300;

/** The controller calls a presenter silent after 5 s, and tells it with the next heartbeat. */
const CONTRADICTED_MS = 9000;

export class StandstillWatch {
  #before = /** @type {Counts | null} */ (null);
  #grownAt = /** @type {Counts} */ (Object.fromEntries(NAMES.map((name) => [name, 0])));

  /**
   * Why no new frame is presented; null while they come.
   * @param {Counts} counts @param {Circumstances} circumstances @param {number} nowMs
   */
  look(counts, circumstances, nowMs) {
    for (const name of NAMES) {
      if (counts[name] !== this.#before?.[name]) this.#grownAt[name] = nowMs;
    }
    this.#before = counts;
    const ages = Object.fromEntries(NAMES.map((name) => [name, nowMs - this.#grownAt[name]]));
    return causeOf(/** @type {Counts} */ (ages), circumstances);
  }
}

/**
 * @param {Counts} ageMs since each count grew
 * @param {Circumstances} circumstances
 * @returns {Cause | null}
 */
export function causeOf(ageMs, { isOffline, isPaused, isPresenterHeard }) {
  if (ageMs.presented < PATIENCE_MS) return null;
  if (ageMs.decoded < PATIENCE_MS) return "renderer";
  if (ageMs.received < PATIENCE_MS) return ageMs.lost < PATIENCE_MS ? "network" : "decoder";
  if (isOffline || ageMs.arrived >= PATIENCE_MS) return "network";
  if (ageMs.beats >= BEATS_MISSED_MS) return isPresenterHeard && ageMs.beats >= CONTRADICTED_MS ? "network" : "presenter_silent";
  if (isPaused) return "presenter_paused";
  return ageMs.encoded < PATIENCE_MS ? "network" : "presenter_still";
}

/** Whether it is no trouble: the last frame is what the presenter's screen shows. @param {Cause | null} cause */
export function isNoTrouble(cause) {
  return cause === null || cause === "presenter_still";
}
