// Whether the media server answers at all: a plain request, before another websocket is opened to it.
//
// The browser lets a websocket wait for up to five seconds once a few dozen have failed, whatever their host says by then; other
// requests it never lets wait. The SDK asks the same address why a websocket failed.
//
// A knock names an SDK that runs in no browser: for all others LiveKit reads the browser's name, and one that has just started learns
// that first, measured 0.2 to 1.9 s. Joining waits for it too, but begins so much sooner.
//
// On a link that is cut without a word knocks hang, and the browser opens six connections to a host, no more: one whose greeting was
// lost sends it again after 1, 2, 4, 8, 16 s, also when its request was given up, and while six wait nothing else is heard. So few are
// begun, and while they hang a dozen websockets go instead, which have connections of their own and really end when they are closed.

import { pause } from "./timing.js";

/** As long as signalling may take to begin. */
const ANSWERS_WITHIN_MS = 2000;

/** One that crashed is back within seconds: so long after it was lost, each try knocks ten times, and later once. */
const HURRIED_FOR_MS = 10_000;
const KNOCKS_FOR_MS = 1000;
const KNOCKS_EVERY_MS = 100;

/** A request's lost packets are sent again after a second only: a second one finds sooner that the link is whole again. */
const HANG_AT_FIRST = 2;
const KNOCKS_BESIDE_MS = 400;

/** So slowly that the six connections are begun over the two minutes after which the system gives the first of them up. */
const KNOCKS_STILL_MS = 20_000;
const HANG_AT_MOST = 6;

/** Each may fail, and the browser counts them for minutes: after twelve it lets the next wait for 0.3 s at most. */
const BLIND_TRIES = 12;

/** The answer to a knock that hung is news until the next try. */
const NEWS_FOR_MS = 5000;

/** @typedef {{sfu_url: string, token: string}} Token */

export class Unheard extends Error {
  constructor() {
    super("the media server does not answer");
  }
}

/** All knocks of a page: they share the browser's connections. */
export class Knocks {
  #hanging = /** @type {Set<Promise<boolean>>} */ (new Set());
  #begunAt = -Infinity;
  #heardAt = -Infinity;
  #blindTries = 0;
  #isSilent = false;

  /**
   * Whether a websocket is worth a try: something answers, or nothing has said anything for a short while.
   * @param {Token} token
   * @param {number} [downForMs] since the media server was heard last
   */
  async mayJoin(token, downForMs = Infinity) {
    const until = downForMs < HURRIED_FOR_MS ? performance.now() + KNOCKS_FOR_MS : 0;
    for (;;) {
      if (await this.isAnswered(token)) return true;
      if (this.#isSilent && this.#blindTries++ < BLIND_TRIES) return true;
      if (performance.now() >= until) return false;
      await pause(KNOCKS_EVERY_MS);
    }
  }

  /** Whether a websocket would be heard, if only to be refused. @param {Token} token */
  async isAnswered({ sfu_url, token }) {
    const address = `${sfu_url.replace(/^ws/, "http").replace(/\/$/, "")}/rtc/validate?sdk=go&access_token=${encodeURIComponent(token)}`;
    const outcome = performance.now() - this.#heardAt < NEWS_FOR_MS || (await this.#outcome(address));
    this.#isSilent = outcome === undefined;
    return outcome === true;
  }

  /** The media server answered: it was silent no more. */
  hear() {
    this.#isSilent = false;
    this.#blindTries = 0;
  }

  /** What the first knock comes to that is answered or fails; undefined when all hang. @param {string} address @returns {Promise<boolean | void>} */
  async #outcome(address) {
    const goesBlind = this.#isSilent && this.#blindTries < BLIND_TRIES;
    const until = goesBlind ? 0 : performance.now() + ANSWERS_WITHIN_MS;
    let outcome = /** @type {boolean | void} */ (undefined);
    do {
      if (this.#isDue()) this.#hang(knock(address));
      outcome = await Promise.race([...this.#hanging, pause(goesBlind ? 0 : KNOCKS_BESIDE_MS)]);
    } while (outcome === undefined && performance.now() < until);
    return outcome;
  }

  #isDue() {
    const { size } = this.#hanging;
    if (size === 0) return true;
    if (size >= HANG_AT_MOST) return false;
    return performance.now() - this.#begunAt >= (size < HANG_AT_FIRST ? KNOCKS_BESIDE_MS : KNOCKS_STILL_MS);
  }

  /** Until it is answered or fails. @param {Promise<boolean>} knock */
  #hang(knock) {
    this.#begunAt = performance.now();
    this.#hanging.add(knock);
    void knock.then((isAnswered) => {
      this.#hanging.delete(knock);
      if (!isAnswered) return;
      this.#heardAt = performance.now();
      this.hear();
    });
  }
}

/** @param {string} address */
async function knock(address) {
  try {
    const { status } = await fetch(address, { cache: "no-store" });
    return status < 500; // a proxy before a media server that is away
  } catch {
    return false;
  }
}
