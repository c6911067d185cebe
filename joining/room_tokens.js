// The token for the room: used again for as long as it is good, so that a lost link costs the controller nothing and works without it.

const MARGIN_MS = 5000;

/** Ends of a stay after which the same token would lead to the wrong room, or back to where somebody was put out. */
const SPENT_BY = new Set(["DUPLICATE_IDENTITY", "PARTICIPANT_REMOVED", "ROOM_DELETED", "ROOM_CLOSED", "STATE_MISMATCH"]);

/** Failures to connect that say nothing of the token. */
const UNHEARD = new Set(["ServerUnreachable", "Timeout", "WebSocket", "Cancelled"]);

/**
 * @template {{expires_in_s: number}} Token
 */
export class RoomTokens {
  #ask;
  #kept = /** @type {{answer: Token, goodUntil: number, uses: number} | null} */ (null);

  /** @param {() => Promise<Token>} ask the controller, which makes the room again where it is gone */
  constructor(ask) {
    this.#ask = ask;
  }

  /** An unexpired, unrefused token. Throws what asking for one throws. */
  async next() {
    if (this.#kept === null || performance.now() > this.#kept.goodUntil) {
      const answer = await this.#ask();
      this.#kept = { answer, goodUntil: performance.now() + 1000 * answer.expires_in_s - MARGIN_MS, uses: 0 };
    }
    this.#kept.uses++;
    return this.#kept.answer;
  }

  /**
   * Forget a token that the media server refused.
   * @param {unknown} error of connecting
   * @returns {boolean} whether a fresh one may do better at once: what was refused had been good before
   */
  refuse(error) {
    if (!isRefusal(error)) return false;
    const wasGood = (this.#kept?.uses ?? 0) > 1;
    this.#kept = null;
    return wasGood;
  }

  /**
   * A stay ended.
   * @param {import("livekit-client").DisconnectReason | undefined} reason
   * @returns {boolean} whether this participant was put out
   */
  stayEnded(reason) {
    const isPutOut = reason !== undefined && SPENT_BY.has(LivekitClient.DisconnectReason[reason]);
    if (isPutOut) this.#kept = null;
    return isPutOut;
  }
}

/** @param {unknown} error */
function isRefusal(error) {
  const reason = /** @type {{reason?: import("livekit-client").ConnectionErrorReason}} */ (error)?.reason;
  return typeof reason === "number" && !UNHEARD.has(LivekitClient.ConnectionErrorReason[reason]);
}
