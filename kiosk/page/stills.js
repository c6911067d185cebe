// The stills: single pictures of the presenter's screen that are taken by way of the agent while there is no moving one.

import { paceBps, stillIntervalMs } from "./still_pace.js";
import { pause } from "../../joining/timing.js";

/** @typedef {{atMs: number, bytes: number, transferMs: number}} Arrival a picture that came, when, and how long it took */
/** @typedef {{etag: string, picture: Blob | null, ageMs: number, transferMs: number}} TakenStill a picture that is known already is null */

const LOOKS_EVERY_MS = 100;

/** The word that there is a new one may be stuck on a link that was full a moment ago. A fresh question is not. */
const ASKS_UNTOLD_AFTER_MS = 4500;

/** Of the first one the word is stuck most often, and nobody has a picture until it is there. */
const ASKS_FIRST_AFTER_MS = 1000;

/** The next one is made after the interval that was asked for. Whoever waits as long comes late: no two clocks agree, nor begin together. */
const READY_BEFORE_MS = 900;

/** So many of the last tell by the slowest of them: on a lossy link one may come fast by chance. */
const TELLING = 3;

/** An older one would only deceive; the controller keeps none for longer. */
const DECEIVES_AFTER_MS = 30_000;

export class Stills {
  #canvas;
  #take;
  #shown;
  #isNeeded = false;
  #isTaking = false;
  #lastFrameAt = -Infinity;
  #newest = /** @type {number | null} */ (null);
  #taken = /** @type {number | null} */ (null);
  #failures = 0;
  #etag = /** @type {string | null} */ (null);
  #capturedAt = /** @type {number | null} */ (null);
  #intervalMs = stillIntervalMs(0);
  #receivedBytes = 0;
  #arrival = /** @type {Arrival | null} */ (null);
  #paces = /** @type {(number | null)[]} */ ([]);

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(etag: string | null) => Promise<TakenStill>} take the newest one from the agent, told which one is known
   * @param {() => void} shown the first one stands on the canvas
   */
  constructor(canvas, take, shown) {
    this.#canvas = canvas;
    this.#take = take;
    this.#shown = shown;
  }

  /** The number of the newest one that the controller has for this display. @param {number | null} number */
  set newest(number) {
    this.#newest = number;
  }

  /** Whether one stands on the canvas that does not deceive. */
  get areShown() {
    const ageMs = this.ageMs;
    return ageMs !== null && ageMs < DECEIVES_AFTER_MS;
  }

  /** Since the one on the canvas was captured; null while there is none. */
  get ageMs() {
    return this.#capturedAt === null ? null : Math.max(0, Math.round(performance.now() - this.#capturedAt));
  }

  /** The last picture that came; null while there is none. */
  get arrival() {
    return this.#arrival;
  }

  /**
   * Take them from now on, or end that: then nothing of them stays.
   * @param {boolean} isNeeded
   * @param {number | null} lastFrameAt of the moving picture, when it was presented: a still of before, made for another display, is no news
   */
  need(isNeeded, lastFrameAt = null) {
    if (isNeeded === this.#isNeeded) return;
    this.#isNeeded = isNeeded;
    this.#lastFrameAt = lastFrameAt ?? -Infinity;
    if (!isNeeded) this.#clear();
    else if (!this.#isTaking) void this.#keepTaking();
  }

  /** Whether they are taken. */
  get areNeeded() {
    return this.#isNeeded;
  }

  /** As the wire's StillsReport; null while none are needed. @param {boolean} areBeatsWhole whether the link loses nothing: else a fast one says nothing */
  report(areBeatsWhole) {
    if (!this.#isNeeded) return null;
    return {
      age_ms: this.ageMs,
      interval_ms: this.#intervalMs,
      received_bytes: this.#receivedBytes,
      carried_bps: areBeatsWhole ? slowest(this.#paces) : null,
      beats_whole: areBeatsWhole,
    };
  }

  async #keepTaking() {
    this.#isTaking = true;
    while (this.#isNeeded) {
      await this.#wordOfOne();
      if (!this.#isNeeded) break;
      const beganAt = performance.now();
      await this.#takeOne(this.#newest);
      await pause(this.#restMs - (performance.now() - beganAt));
    }
    this.#isTaking = false;
  }

  /** From the beginning of one taking to the next; after some that failed ever more. */
  get #restMs() {
    return this.#failures === 0 ? this.#intervalMs - READY_BEFORE_MS : Math.min(this.#intervalMs, ASKS_FIRST_AFTER_MS * this.#failures);
  }

  /** Wait until there is a new one, or no word of one for too long. */
  async #wordOfOne() {
    const untilMs = performance.now() + (this.#capturedAt === null ? ASKS_FIRST_AFTER_MS : ASKS_UNTOLD_AFTER_MS);
    while (this.#isNeeded && (this.#newest === null || this.#newest === this.#taken) && performance.now() < untilMs) await pause(LOOKS_EVERY_MS);
  }

  /** @param {number | null} number */
  async #takeOne(number) {
    try {
      const still = await this.#take(this.#etag);
      const drawn = still.picture === null ? null : await createImageBitmap(still.picture);
      if (!this.#isNeeded) return;
      this.#keep(number, still);
      if (this.#isOld(still)) return;
      this.#etag = still.etag;
      this.#capturedAt = performance.now() - still.ageMs;
      if (drawn !== null) this.#draw(drawn);
    } catch (error) {
      console.warn(`no still: ${error}`);
      this.#failures++;
    }
  }

  /** @param {number | null} number @param {TakenStill} still */
  #keep(number, { picture, transferMs }) {
    this.#taken = number;
    this.#failures = 0;
    this.#intervalMs = stillIntervalMs(transferMs);
    if (picture === null) return;
    this.#receivedBytes += picture.size;
    this.#arrival = { atMs: performance.now(), bytes: picture.size, transferMs };
    this.#paces = [paceBps(this.#arrival), ...this.#paces].slice(0, TELLING);
  }

  /** @param {TakenStill} still */
  #isOld({ ageMs }) {
    return performance.now() - ageMs < this.#lastFrameAt;
  }

  /** In one go, so that nothing flickers. @param {ImageBitmap} picture */
  #draw(picture) {
    this.#canvas.width = picture.width;
    this.#canvas.height = picture.height;
    this.#canvas.getContext("2d", { alpha: false })?.drawImage(picture, 0, 0);
    picture.close();
    if (this.#canvas.hidden) {
      this.#canvas.hidden = false;
      this.#shown();
    }
  }

  #clear() {
    this.#failures = 0;
    this.#paces = [];
    this.#taken = this.#etag = this.#capturedAt = this.#arrival = null;
    this.#canvas.hidden = true;
    this.#canvas.width = this.#canvas.height = 0;
  }
}

/** @param {(number | null)[]} paces bit/s; null: not known */
function slowest(paces) {
  return paces.reduce((least, pace) => (least === null || pace === null ? null : Math.min(least, pace)), paces.length === TELLING ? Infinity : null);
}
