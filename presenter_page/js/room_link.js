// The room: one published screen, kept there by an endless loop above the SDK. The captured track outlives every connection, so that
// nobody has to choose a screen twice.

import { Refusal, Unreachable } from "./controller_api.js";
import { Knocks, Unheard } from "../../joining/knock.js";
import { RoomStay } from "./room_stay.js";
import { RoomTokens } from "../../joining/room_tokens.js";
import { NoMedia } from "../../joining/stay.js";
import { pauseOrOnline, retryDelayMs } from "../../joining/timing.js";

/**
 * @typedef {object} PresenterToken
 * @property {string} sfu_url
 * @property {string} token
 * @property {string} lease
 * @property {number} expires_in_s
 * @property {{max_bitrate_bps: number, max_frames_per_second: number}} limits
 * @property {{code: string, message: string} | null} warning
 */

/** Another page is in the room as this presenter: two that retried would put each other out for ever. */
export class Displaced extends Error {
  constructor() {
    super("This presentation goes on in another tab or window.");
  }
}

/** Refusals that another try cannot mend. */
const FINAL = new Set(["session_taken", "sign_in", "wrong_role", "unknown_session", "livekit_not_configured", "malformed"]);

export class RoomLink {
  #capture;
  #hooks;
  #tokens;
  #knocks = new Knocks();
  #isWanted = true;
  #wasPublished = false;
  #stay = /** @type {RoomStay | null} */ (null);

  /**
   * @param {MediaStreamTrack} capture
   * @param {object} hooks
   * @param {() => Promise<PresenterToken>} hooks.token
   * @param {(publication: import("./room_stay.js").Publication) => void} hooks.published at each publication, also of the SDK's own
   * @param {(trouble: string | null) => void} hooks.lost not published; why, in words, where that is known
   */
  constructor(capture, hooks) {
    this.#capture = capture;
    this.#hooks = hooks;
    this.#tokens = new RoomTokens(hooks.token);
  }

  /** Stay published until `close()`. Throws the Refusal that no other try can mend, or Displaced. */
  async run() {
    let downSince = performance.now();
    let isHeard = true;
    while (this.#isWanted) {
      let trouble = null;
      const triedAt = performance.now();
      try {
        const token = await this.#tokens.next();
        if (!isHeard && !(await this.#knocks.mayJoin(token, performance.now() - downSince))) throw new Unheard();
        if (!this.#isWanted) return;
        trouble = await this.#bePublished(token);
        isHeard = false;
        downSince = performance.now();
      } catch (error) {
        if (this.#isWanted && this.#isFinal(error)) throw error;
        console.warn(`not in the room: ${error instanceof Error ? error.message : error}`);
        isHeard = this.#tokens.refuse(error);
        if (isHeard) continue;
        trouble = inWords(error);
      }
      if (!this.#isWanted) return;
      this.#hooks.lost(trouble);
      const now = performance.now();
      await pauseOrOnline(retryDelayMs(now - downSince, now - triedAt, Math.random()));
    }
  }

  /** Tell everybody in the room that this page lives. @param {object} beat */
  beat(beat) {
    this.#stay?.beat(beat);
  }

  /** Leave the room; the capture goes on. */
  close() {
    this.#isWanted = false;
    this.#stay?.end();
  }

  /** Whoever was in the room before may sign in again in another tab. @param {unknown} error */
  #isFinal(error) {
    if (error instanceof Displaced) return true;
    if (!(error instanceof Refusal)) return false;
    return FINAL.has(error.code) && !(error.code === "sign_in" && this.#wasPublished);
  }

  /** Until the stay ends; why it did, in words. @param {PresenterToken} token */
  async #bePublished(token) {
    const stay = (this.#stay = new RoomStay(this.#capture, this.#knocks, (publication) => {
      this.#wasPublished = true;
      this.#hooks.published(publication);
    }));
    try {
      await stay.begin(token);
      const words = await stay.ended;
      if (stay.isDisplaced) throw new Displaced();
      return words;
    } finally {
      this.#stay = null;
      this.#tokens.stayEnded(stay.reason);
      await stay.leave(false);
    }
  }
}

/** @param {unknown} error */
function inWords(error) {
  if (error instanceof Refusal || error instanceof Unreachable) return error.message;
  if (error instanceof NoMedia) return "The media server answers, but this network lets neither UDP nor TCP of its media ports through.";
  return "The media server cannot be reached from this browser.";
}
