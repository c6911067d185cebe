// The ceiling under which this page encodes: the bit rate is the encoder's cap, the frame rate the capture's. Neither makes a key frame.
//
// The encoder's own cap on frames is never touched: one of 10 on a capture of 15 was measured to give 5.

import { HIGHEST } from "./highest_limits.js";
import { constraintsAt } from "./screen_share.js";

/** @typedef {import("./highest_limits.js").Limits} Limits */
/** @typedef {import("./sender_stats.js").SenderReading} SenderReading */

/** Protected displays keep so many frames a second. Where the capture may give no more, its rate less one is the floor. */
const FLOOR_FPS = 10;

/** A bit rate that breaks the floor is raised to what so many frames need, and by this at least. */
const RAISED_BY = 4 / 3;

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
    this.#watch = new FloorWatch();
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
   * Look at what is really encoded, and take limits back that break the floor. The highest are never taken back: where they give too
   * few frames the computer is too slow, and higher ones mend nothing.
   * @param {SenderReading} reading
   */
  look(reading) {
    const applied = this.#applied;
    if (applied === null || isSame(applied, HIGHEST)) return;
    const needed = this.#watch.look(reading, applied);
    if (needed === null) return;
    const frames = `${applied.max_frames_per_second} frames a second at ${applied.max_bitrate_bps / 1e6} Mbit/s`;
    console.warn(`the limits break the floor of ${floorUnder(applied)} frames a second: ${frames}; taken back`);
    this.#watch = new FloorWatch(needed);
    void this.#settle();
  }

  #settle() {
    this.#work = this.#work.then(() => this.#apply()).catch((error) => console.warn(`sender limits not in force: ${error}`));
    return this.#work;
  }

  async #apply() {
    const [sender, capture, wanted] = [this.#sender, this.#capture, this.#wanted];
    if (sender === null || capture === null || wanted === null) return;
    const limits = this.#watch.allowed(wanted);
    if (isSame(limits, this.#applied)) return;
    if (limits.max_frames_per_second !== this.#applied?.max_frames_per_second) {
      await capture.applyConstraints(constraintsAt(limits.max_frames_per_second));
    }
    if (limits.max_bitrate_bps !== this.#applied?.max_bitrate_bps) await capBitrate(sender, limits.max_bitrate_bps);
    if (sender === this.#sender) this.#applied = limits;
    this.#watch.changed(performance.now());
  }
}

/**
 * Notices that the encoder gives fewer frames than the floor, though the capture gives as many: it keeps the picture sharp, so each
 * frame has its price, and 1 Mbit/s was measured to pay for 2.7 frames a second of noise.
 */
export class FloorWatch {
  #changedAt = -Infinity;
  #brokenSince = /** @type {number | null} */ (null);
  #before = /** @type {SenderReading | null} */ (null);
  #least;

  /** @param {Limits} [least] what the floor was seen to need: nothing lower is tried again in this publication */
  constructor(least = { max_bitrate_bps: 0, max_frames_per_second: 0 }) {
    this.#least = least;
  }

  /** What is put in force so that the floor holds. @param {Limits} wanted @returns {Limits} */
  allowed(wanted) {
    return {
      max_bitrate_bps: Math.max(wanted.max_bitrate_bps, this.#least.max_bitrate_bps),
      max_frames_per_second: Math.max(wanted.max_frames_per_second, this.#least.max_frames_per_second),
    };
  }

  /** @param {number} nowMs */
  changed(nowMs) {
    this.#changedAt = nowMs;
    this.#before = this.#brokenSince = null;
  }

  /** The limits that the floor needs, once it has been broken for a while; null while it holds. @param {SenderReading} reading @param {Limits} applied */
  look(reading, applied) {
    const before = this.#before;
    if (reading.atMs - this.#changedAt < SETTLES_MS) return null;
    if (before !== null && reading.atMs - before.atMs < 500) return null;
    this.#before = reading;
    if (before === null || !isUnderFloor(before, reading, floorUnder(applied))) this.#brokenSince = null;
    else this.#brokenSince ??= reading.atMs;
    const isBroken = this.#brokenSince !== null && reading.atMs - this.#brokenSince >= SETTLES_MS;
    return isBroken && before !== null ? neededFor(before, reading, applied) : null;
  }
}

/** @param {Limits} limits */
function floorUnder(limits) {
  return Math.min(FLOOR_FPS, limits.max_frames_per_second - 1);
}

/** A computer that is too slow for more frames is not helped by higher limits. @param {SenderReading} before @param {SenderReading} now @param {number} floorFps */
function isUnderFloor(before, now, floorFps) {
  return encodedFps(before, now) < floorFps && (now.captureFps ?? 0) >= floorFps && now.qualityLimitation !== "cpu";
}

/** @param {SenderReading} before @param {SenderReading} now @param {Limits} applied @returns {Limits} */
function neededFor(before, now, applied) {
  const frames = now.framesEncoded - before.framesEncoded;
  const bits = 8 * (now.bytesSent - before.bytesSent);
  const bps = Math.max(RAISED_BY * applied.max_bitrate_bps, frames > 0 ? (bits / frames) * floorUnder(applied) : 0);
  return {
    max_bitrate_bps: Math.min(HIGHEST.max_bitrate_bps, Math.round(bps)),
    max_frames_per_second: Math.min(HIGHEST.max_frames_per_second, applied.max_frames_per_second + 1),
  };
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
