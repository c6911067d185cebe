// Stills: single pictures of the captured screen, made for as long as displays need them, also while the tab is hidden.

import { pause } from "../../joining/timing.js";

/** @typedef {{picture: Blob, takenMs: number, ageMs: number}} Still when it was captured by this page's clock, and how long ago that is */

/** The browser gives a frame of a screen that does not change each second. */
const GRABBED_WITHIN_MS = 3000;

const LOOKS_EVERY_MS = 250;

export class Stills {
  #send;
  #everyMs = /** @type {number | null} */ (null);
  #capture = /** @type {MediaStreamTrack | null} */ (null);
  #worker = /** @type {Worker | null} */ (null);
  #isMaking = false;

  /** @param {(still: Still) => Promise<void>} send */
  constructor(send) {
    this.#send = send;
  }

  /** Make one so often from now on. @param {number | null} everyMs null: none @param {MediaStreamTrack | null} capture */
  want(everyMs, capture) {
    this.#everyMs = capture === null ? null : everyMs;
    this.#capture = capture;
    if (this.#everyMs === null) this.#dismissWorker();
    else if (!this.#isMaking) void this.#keepMaking();
  }

  async #keepMaking() {
    this.#isMaking = true;
    while (this.#everyMs !== null && this.#capture !== null) {
      const beganAt = performance.now();
      await this.#makeOne(this.#capture).catch((error) => console.info(`no still: ${error}`));
      const restMs = () => (this.#everyMs ?? 0) - (performance.now() - beganAt);
      while (restMs() > 0) await pause(Math.min(LOOKS_EVERY_MS, restMs())); // another display may want them sooner
    }
    this.#isMaking = false;
  }

  /** @param {MediaStreamTrack} capture */
  async #makeOne(capture) {
    const bitmap = await grab(capture);
    const capturedAt = performance.now();
    const picture = await this.#encode(bitmap);
    if (picture === null || capture !== this.#capture || this.#everyMs === null) return;
    const takenMs = Math.round(performance.timeOrigin + capturedAt);
    await this.#send({ picture, takenMs, ageMs: Math.round(performance.now() - capturedAt) });
  }

  /** @param {ImageBitmap} bitmap @returns {Promise<Blob | null>} null: it could not be made small enough, or is not wanted any more */
  #encode(bitmap) {
    this.#worker ??= new Worker(new URL("./still_worker.js", import.meta.url), { type: "module" });
    const worker = this.#worker;
    const over = new AbortController();
    const { signal } = over;
    const { promise, resolve } = Promise.withResolvers();
    worker.addEventListener("message", ({ data: picture }) => resolve(picture), { signal });
    worker.addEventListener("dismissed", () => resolve(null), { signal });
    worker.addEventListener("error", () => this.#dismissWorker(), { signal }); // its script may not have come: the next still is another's
    worker.postMessage(bitmap, [bitmap]);
    return promise.finally(() => over.abort());
  }

  #dismissWorker() {
    this.#worker?.terminate();
    this.#worker?.dispatchEvent(new Event("dismissed"));
    this.#worker = null;
  }
}

/** What the capture shows now, at its full size. @param {MediaStreamTrack} capture @returns {Promise<ImageBitmap>} */
async function grab(capture) {
  const grabbing = /** @type {any} */ (new ImageCapture(capture)).grabFrame();
  const late = pause(GRABBED_WITHIN_MS).then(() => Promise.reject(new Error("the browser gives no frame")));
  return Promise.race([grabbing, late]);
}
