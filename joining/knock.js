// Whether the media server answers at all: a plain request, before another websocket is opened to it.
//
// The browser lets a websocket wait for up to five seconds once a few dozen have failed, whatever their host says by then; other
// requests it never lets wait. The SDK asks the same address why a websocket failed.
//
// A knock names an SDK that runs in no browser: for all others LiveKit reads the browser's name, and one that has just started learns
// that first, measured 0.2 to 1.9 s. Joining waits for it too, but begins so much sooner.

import { pause } from "./timing.js";

/** As long as signalling may take to begin. */
const ANSWERS_WITHIN_MS = 2000;

/** One that crashed is back within seconds: so long after it was lost, each try knocks ten times, and later once. */
const HURRIED_FOR_MS = 10_000;
const KNOCKS_FOR_MS = 1000;
const KNOCKS_EVERY_MS = 100;

/** What is lost of a request's first packets is sent again after a second only: a link that is whole again is found sooner by another. */
const KNOCKS_BESIDE_MS = 400;

export class Unheard extends Error {
  constructor() {
    super("the media server does not answer");
  }
}

/**
 * Whether a websocket would be heard, if only to be refused.
 * @param {{sfu_url: string, token: string}} token
 * @param {number} [downForMs] since it was heard last
 */
export async function isAnswered({ sfu_url, token }, downForMs = Infinity) {
  const address = `${sfu_url.replace(/^ws/, "http").replace(/\/$/, "")}/rtc/validate?sdk=go&access_token=${encodeURIComponent(token)}`;
  const until = downForMs < HURRIED_FOR_MS ? performance.now() + KNOCKS_FOR_MS : 0;
  while (!(await answers(address))) {
    if (performance.now() >= until) return false;
    await pause(KNOCKS_EVERY_MS);
  }
  return true;
}

/** What the first of several requests comes to that is answered or fails. @param {string} address @returns {Promise<boolean>} */
async function answers(address) {
  const over = new AbortController();
  const knocks = /** @type {Promise<boolean>[]} */ ([]);
  const until = performance.now() + ANSWERS_WITHIN_MS;
  let outcome = /** @type {boolean | void} */ (undefined);
  while (outcome === undefined && performance.now() < until) {
    knocks.push(knock(address, over.signal));
    outcome = await Promise.race([...knocks, pause(KNOCKS_BESIDE_MS)]);
  }
  over.abort();
  return outcome ?? false;
}

/** @param {string} address @param {AbortSignal} signal */
async function knock(address, signal) {
  try {
    const { status } = await fetch(address, { cache: "no-store", signal });
    return status < 500; // a proxy before a media server that is away
  } catch {
    return false;
  }
}
