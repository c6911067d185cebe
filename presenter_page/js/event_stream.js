// An event stream of the controller, followed for as long as the page lives. The dashboard follows its own by this too.
//
// EventSource comes back by itself after a lost connection, but gives up for good after an answer that is no stream, and does not say
// what it was. So the answer is asked for once more: while it may pass (503 while the controller restarts) the stream is opened again
// and silence is told; a refusal that stays (signed out, no such session) is the end.

import { refusalAt } from "./controller_api.js";

/** @typedef {import("./controller_api.js").Refusal} Refusal */

const SILENT_AFTER_MS = 35_000;
const REOPENS_AFTER_MS = 3000;

export const LOST = "The connection to the controller is lost. It comes back by itself.";

/**
 * @template T
 * @param {string} address
 * @param {string} name of the events wanted; every stream also carries `ping`
 * @param {{heard: (message: T) => void, silent: (words: string) => void, ended: (refusal: Refusal) => void}} hooks
 * @returns {() => void} ends it
 */
export function followStream(address, name, hooks) {
  let events = open();
  let silence = setTimeout(tellSilence, SILENT_AFTER_MS);
  let reopening = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  let isOver = false;

  function open() {
    const source = new EventSource(address);
    source.addEventListener("ping", restartSilence);
    source.addEventListener(name, (event) => {
      restartSilence();
      hooks.heard(JSON.parse(event.data));
    });
    source.addEventListener("error", () => {
      tellSilence();
      if (source.readyState === EventSource.CLOSED) void reopen();
    });
    return source;
  }

  async function reopen() {
    const refusal = await refusalAt(address);
    if (isOver) return;
    if (refusal === null || refusal.mayPass) {
      reopening = setTimeout(() => (events = open()), REOPENS_AFTER_MS);
      return;
    }
    clearTimeout(silence);
    hooks.ended(refusal);
  }

  function restartSilence() {
    clearTimeout(silence);
    silence = setTimeout(tellSilence, SILENT_AFTER_MS);
  }

  function tellSilence() {
    hooks.silent(LOST);
  }

  return () => {
    isOver = true;
    clearTimeout(silence);
    clearTimeout(reopening);
    events.close();
  };
}
