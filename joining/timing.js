// Waiting, and how long to wait before the next try.

const HURRIED_FOR_MS = 60_000;

/** A media server that was away for long has everybody back within ten seconds: the presenter first, and then the displays. */
const LONGEST_MS = 4000;

/** No try takes so long: whatever lasted longer was in the room. */
const HELD_MS = 10_000;
const AT_ONCE_MS = 100;

/** @type {(act: () => void, ms: number) => void} */
let later = (act, ms) => void setTimeout(act, ms);

/**
 * Wait by a worker's timers from now on: the tab is usually hidden behind the slides, and a hidden page's own come late, after a
 * while by a minute.
 * @param {Worker} worker time_worker.js
 */
export function keepTimeBy(worker) {
  const waiting = /** @type {Map<number, () => void>} */ (new Map());
  let last = 0;
  worker.addEventListener("message", ({ data: number }) => {
    waiting.get(number)?.();
    waiting.delete(number);
  });
  later = (act, ms) => {
    waiting.set(++last, act);
    worker.postMessage({ number: last, ms });
  };
}

/** @param {number} ms @returns {Promise<void>} */
export function pause(ms) {
  return new Promise((resolve) => later(resolve, ms));
}

/** Wait, but no longer than until the network is back. @param {number} ms @returns {Promise<void>} */
export async function pauseOrOnline(ms) {
  const listening = new AbortController();
  const online = new Promise((resolve) => addEventListener("online", resolve, { once: true, signal: listening.signal }));
  await Promise.race([pause(ms), online]);
  listening.abort();
}

/**
 * At once after a stay in the room, soon for a minute, then unhurried, never giving up.
 * @param {number} downForMs
 * @param {number} lastedMs how long the last try lasted, with the stay that came of it
 * @param {number} chance 0 to 1; spreads those that failed together
 */
export function retryDelayMs(downForMs, lastedMs, chance) {
  if (lastedMs > HELD_MS) return AT_ONCE_MS * chance;
  if (downForMs < HURRIED_FOR_MS) return 200 + 300 * chance;
  return LONGEST_MS * (0.6 + 0.4 * chance);
}
