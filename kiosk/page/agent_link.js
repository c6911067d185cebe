// The loopback link to the agent that runs beside this page.

import { pause } from "../../joining/timing.js";

/**
 * @typedef {object} Card
 * @property {string} kind
 * @property {"wait" | "ready" | "trouble"} tone
 * @property {string} title
 * @property {string[]} lines
 * @property {string | null} code
 * @property {string | null} dashboard an address for phones
 * @property {string[]} corner
 * @property {number | null} next_try_in_ms
 */

/** @typedef {"full" | "base" | "stills" | "off"} Step */

/**
 * @typedef {object} View
 * @property {Card} card
 * @property {string} name the display's
 * @property {number | null} identify_for_ms lay the name over all for so long
 * @property {boolean} joins
 * @property {string | null} presenter_identity
 * @property {string} presenter_phase
 * @property {Step} step how much of the picture to take
 * @property {boolean} is_protected takes no step
 * @property {number | null} newest_still another number for each still that there is
 */
/** @typedef {{sfu_url: string, token: string, room: string, identity: string, expires_in_s: number}} RoomToken */

const AGENT_AWAY_MS = 500;

/** The controller, or the agent, did not give what was asked for. */
export class Refused extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export class AgentLink {
  #key;

  /** @param {string} key the secret of this start, from the address's fragment */
  constructor(key) {
    this.#key = key;
  }

  /**
   * Every view the agent wants shown, one after the other. They end when this page must be loaded again: its security policy is from
   * before the media server was known.
   * @returns {AsyncGenerator<View, void>}
   */
  async *views() {
    let number = -1;
    for (;;) {
      try {
        const response = await fetch(`/view?after=${number}`, { headers: this.#headers() });
        if (!response.ok) throw new Error(`status ${response.status}`);
        const answer = await response.json();
        if (answer.number === number) continue;
        number = answer.number;
        if (answer.is_outdated) return;
        if (answer.view.card) yield answer.view;
      } catch (error) {
        console.warn(`the agent does not answer: ${error}`);
        await pause(AGENT_AWAY_MS);
      }
    }
  }

  /** @param {object} message */
  async report(message) {
    const response = await this.#post("/report", message);
    const answer = await response.json(); // read also where nobody asks: the browser keeps for good whatever is not
    if (!response.ok) throw new Error(answer.message);
  }

  /** A token for the room. Throws Refused. @returns {Promise<RoomToken>} */
  async roomToken() {
    const response = await this.#post("/livekit-token", {});
    const answer = await response.json();
    if (!response.ok) throw new Refused(answer.error, answer.message);
    return answer;
  }

  /**
   * The presenter's newest still; without its picture where that is the one of this ETag. Throws Refused.
   * @param {string | null} etag
   * @returns {Promise<import("./stills.js").TakenStill>}
   */
  async still(etag) {
    const response = await fetch("/still", { headers: { ...this.#headers(), ...(etag === null ? {} : { "If-None-Match": etag }) } });
    if (!response.ok && response.status !== 304) {
      const answer = await response.json();
      throw new Refused(answer.error, answer.message);
    }
    const fact = (/** @type {string} */ name) => response.headers.get(name) ?? "";
    const picture = response.status === 304 ? null : await response.blob();
    return { etag: fact("ETag"), picture, ageMs: Number(fact("X-Still-Age-Ms")), transferMs: Number(fact("X-Transfer-Ms")) };
  }

  /** @param {string} path @param {object} body */
  #post(path, body) {
    return fetch(path, { method: "POST", headers: this.#headers(), body: JSON.stringify(body) });
  }

  #headers() {
    return { "Content-Type": "application/json", "X-Kiosk-Key": this.#key };
  }
}
