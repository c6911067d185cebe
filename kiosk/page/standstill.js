// Why no new frame comes: compares how far presenter, network, decoder and renderer have come. Pure: told the counts, and when.

/**
 * What is counted, from the presenter's screen to the glass. Each only grows.
 * @typedef {object} Counts
 * @property {number} beats of the presenter, heard in the room
 * @property {number} encoded frames, as the last beat told
 * @property {number} arrived bytes of anything over this display's connection, and its checks: without a presenter, bytes come each 3 s
 * @property {number} bytes of the picture that arrived
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
 * @property {boolean} isHeld this display asks for no frames, because its link chokes: the beats stay away for a while, too
 */

/**
 * How far something is counted.
 * @typedef {object} Progress
 * @property {number} ageMs since it grew
 * @property {number} aheadMs for so long it went on growing after the last frame was presented
 */

/** @typedef {"presenter_still" | "presenter_paused" | "presenter_silent" | "network" | "decoder" | "renderer"} Cause */

const NAMES = /** @type {const} */ (["beats", "encoded", "arrived", "bytes", "lost", "received", "decoded", "presented"]);

/** @typedef {Record<typeof NAMES[number], Progress>} AllProgress */

/** The least that is sent is 10 frames a second; on a bad link a lost one takes a second to be sent again. */
const PATIENCE_MS = 2500;

/** What goes on for so long while nothing is presented was not stopped together with it, and is not about to be presented. */
const GOES_ON_MS = 800;

/** Beats come each second, and may get lost: three in a row. */
const BEATS_MISSED_MS = 3300;

/** The controller calls a presenter silent after 5 s, and tells it with the next heartbeat. */
const CONTRADICTED_MS = 9000;

export class StandstillWatch {
  #before = /** @type {Counts | null} */ (null);
  #grownAt = /** @type {Counts} */ (Object.fromEntries(NAMES.map((name) => [name, 0])));
  #aheadAt = /** @type {Partial<Counts>} */ ({});

  /**
   * Why no new frame is presented; null while they come.
   * @param {Counts} counts @param {Circumstances} circumstances @param {number} nowMs
   */
  look(counts, circumstances, nowMs) {
    const grown = NAMES.filter((name) => counts[name] !== this.#before?.[name]);
    if (grown.includes("presented")) this.#aheadAt = {};
    for (const name of grown) {
      this.#grownAt[name] = nowMs;
      if (!grown.includes("presented")) this.#aheadAt[name] ??= nowMs;
    }
    this.#before = counts;
    const progress = Object.fromEntries(NAMES.map((name) => [name, this.#progress(name, nowMs)]));
    return causeOf(/** @type {AllProgress} */ (progress), circumstances);
  }

  /** @param {typeof NAMES[number]} name @param {number} nowMs @returns {Progress} */
  #progress(name, nowMs) {
    const grownAt = this.#grownAt[name];
    return { ageMs: nowMs - grownAt, aheadMs: grownAt - (this.#aheadAt[name] ?? grownAt) };
  }
}

/**
 * @param {AllProgress} progress
 * @param {Circumstances} circumstances
 * @returns {Cause | null}
 */
export function causeOf({ presented, decoded, received, bytes, lost, arrived, beats, encoded }, { isOffline, isPaused, isPresenterHeard, isHeld }) {
  if (presented.ageMs < PATIENCE_MS) return null;
  if (isHeld && isPresenterHeard && !isPaused) return "network";
  if (goesOn(decoded)) return "renderer";
  if (goesOn(received) || goesOn(bytes)) return lost.ageMs < PATIENCE_MS ? "network" : "decoder";
  if (isOffline || arrived.ageMs >= PATIENCE_MS) return "network";
  if (beats.ageMs >= BEATS_MISSED_MS) return isPresenterHeard && beats.ageMs >= CONTRADICTED_MS ? "network" : "presenter_silent";
  if (isPaused) return "presenter_paused";
  return goesOn(encoded) ? "network" : "presenter_still";
}

/** @param {Progress} progress */
function goesOn({ ageMs, aheadMs }) {
  return ageMs < PATIENCE_MS && aheadMs >= GOES_ON_MS;
}

/** Whether it is no trouble: the last frame is what the presenter's screen shows. @param {Cause | null} cause */
export function isNoTrouble(cause) {
  return cause === null || cause === "presenter_still";
}
