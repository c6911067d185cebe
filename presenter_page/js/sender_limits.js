// The ceiling under which this page encodes: the bit rate is the encoder's cap, the frame rate the capture's. Neither makes a key frame.
//
// The encoder's own cap on frames is never touched: one of 10 on a capture of 15 was measured to give 5.

import { constraintsAt, FRAMES_PER_SECOND } from "./screen_share.js";

/** @typedef {import("./sender_stats.js").Limits} Limits */
/** @typedef {import("./sender_stats.js").SenderReading} SenderReading */

/** Protected displays keep so many frames a second. */
const FLOOR_FPS = 10;

/** The encoder was measured to need 2.4 s until a change has settled. */
const SETTLES_MS = 3000;

export class SenderLimits {
  #sender = /** @type {RTCRtpSender | null} */ (null);
  #capture = /** @type {MediaStreamTrack | null} */ (null);
  #wanted = /** @type {Limits | null} */ (null);
  #applied = /** @type {Limits | null} */ (null);
  #watch = new FloorWatch();
  #work = Promise.resolve();

  /** What is in force; null before anything was put in force here. */
  get applied() {
    return this.#applied;
  }

  /**
   * Limits hold for every publication anew: the SDK publishes with its own options.
   * @param {RTCRtpSender | undefined} sender
   * @param {MediaStreamTrack} capture
   */
  attach(sender, capture) {
    this.#sender = sender ?? null;
    this.#capture = capture;
    this.#applied = null;
    return this.#settle();
  }

  detach() {
    this.#sender = this.#capture = this.#applied = null;
  }

  /** Put these limits in force, one after the other. @param {Limits} limits */
  obey(limits) {
    this.#wanted = limits;
    return this.#settle();
  }

  /**
   * Look at what is really encoded, and give a frame rate back that breaks the floor. The ceiling is never one: where it gives too few
   * frames the computer is too slow, and a higher rate mends nothing.
   * @param {SenderReading} reading
   */
  look(reading) {
    const applied = this.#applied;
    if (applied === null || applied.max_frames_per_second >= FRAMES_PER_SECOND || !this.#watch.isBroken(reading)) return;
    console.warn(`${applied.max_frames_per_second} frames a second break the floor of ${FLOOR_FPS}; taken back`);
    this.#watch = new FloorWatch(applied.max_frames_per_second);
    void this.#settle();
  }

  #settle() {
    this.#work = this.#work.then(() => this.#apply()).catch((error) => console.warn(`sender limits not in force: ${error}`));
    return this.#work;
  }

  async #apply() {
    const [sender, capture, wanted] = [this.#sender, this.#capture, this.#wanted];
    if (sender === null || capture === null || wanted === null) return;
    const limits = { ...wanted, max_frames_per_second: this.#watch.allowed(wanted.max_frames_per_second) };
    if (isSame(limits, this.#applied)) return;
    if (limits.max_frames_per_second !== this.#applied?.max_frames_per_second) {
      await capture.applyConstraints(constraintsAt(limits.max_frames_per_second));
    }
    await capBitrate(sender, limits.max_bitrate_bps);
    if (sender === this.#sender) this.#applied = limits;
    this.#watch.changed(performance.now());
  }
}

/** Notices that the encoder gives fewer frames than the floor, though the capture gives as many. */
export class FloorWatch {
  #changedAt = -Infinity;
  #brokenSince = /** @type {number | null} */ (null);
  #before = /** @type {SenderReading | null} */ (null);
  #tooLow;

  /** @param {number} [tooLow] a capture rate that broke the floor: nothing as low is tried again in this publication */
  constructor(tooLow = 0) {
    this.#tooLow = tooLow;
  }

  /** What is asked of the capture so that the floor holds. @param {number} wanted */
  allowed(wanted) {
    return wanted <= this.#tooLow ? this.#tooLow + 1 : wanted;
  }

  /** @param {number} nowMs */
  changed(nowMs) {
    this.#changedAt = nowMs;
    this.#before = this.#brokenSince = null;
  }

  /** @param {SenderReading} reading */
  isBroken(reading) {
    const before = this.#before;
    if (reading.atMs - this.#changedAt < SETTLES_MS) return false;
    if (before !== null && reading.atMs - before.atMs < 500) return false;
    this.#before = reading;
    const isUnder = before !== null && encodedFps(before, reading) < FLOOR_FPS && (reading.captureFps ?? 0) >= FLOOR_FPS;
    if (!isUnder) this.#brokenSince = null;
    else this.#brokenSince ??= reading.atMs;
    return this.#brokenSince !== null && reading.atMs - this.#brokenSince >= SETTLES_MS;
  }
}

/** @param {SenderReading} before @param {SenderReading} now */
function encodedFps(before, now) {
  return (1000 * (now.framesEncoded - before.framesEncoded)) / (now.atMs - before.atMs);
}

/**
 * The SDK sets parameters too, and a call that it overtook is answered with InvalidStateError: then once more.
 * @param {RTCRtpSender} sender @param {number} bps
 */
async function capBitrate(sender, bps) {
  for (const isLast of [false, true]) {
    const parameters = sender.getParameters();
    for (const encoding of parameters.encodings) encoding.maxBitrate = bps;
    try {
      return await sender.setParameters(parameters);
    } catch (error) {
      if (isLast || !(error instanceof DOMException && error.name === "InvalidStateError")) throw error;
    }
  }
}

/** @param {Limits} one @param {Limits | null} other */
function isSame(one, other) {
  return one.max_bitrate_bps === other?.max_bitrate_bps && one.max_frames_per_second === other.max_frames_per_second;
}
