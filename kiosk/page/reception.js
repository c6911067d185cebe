// The receiver's own statistics as the wire's Reception.

/** Two readings closer than this say nothing of a mean. */
const SHORTEST_MS = 500;

/** The wire tells no greater delay. */
const LONGEST_MS = 60_000;

/** @typedef {Record<string, any>} Statistics what the browser says of one stream */

const NONE_SHOWN = { shownFrames: 0, totalShowDelay: 0 };

export class ReceptionMeter {
  #track = /** @type {object | null} */ (null);
  #since = 0;
  #before = /** @type {{atMs: number, video: Statistics} | null} */ (null);
  #shown = NONE_SHOWN;

  /**
   * A frame is presented. Not every browser tells when it was received, and when it will be seen.
   * @param {Partial<VideoFrameCallbackMetadata>} frame
   */
  show({ receiveTime, expectedDisplayTime }) {
    if (receiveTime === undefined || expectedDisplayTime === undefined) return;
    const seconds = Math.max(0, expectedDisplayTime - receiveTime) / 1000;
    this.#shown = { shownFrames: this.#shown.shownFrames + 1, totalShowDelay: this.#shown.totalShowDelay + seconds };
  }

  /**
   * @param {object | null} track the track whose statistics these are
   * @param {RTCStatsReport | undefined} report
   * @param {number} nowMs
   * @param {number} [outageMs] in which nothing at all came over the link; it only grows
   */
  read(track, report, nowMs, outageMs = 0) {
    if (track !== this.#track) this.#begin(track, nowMs);
    const entries = [...(report?.values() ?? [])];
    const received = entries.find((entry) => entry.type === "inbound-rtp" && entry.kind === "video");
    if (track === null || received === undefined) return null;
    const video = { ...received, ...this.#shown };
    const before = this.#before;
    if (before === null || nowMs - before.atMs >= SHORTEST_MS) this.#before = { atMs: nowMs, video };
    const ages = { track_age_ms: Math.round(nowMs - this.#since), outage_ms: outageMs };
    return { ...ages, ...counters(video), ...means(before?.video ?? {}, video), ...link(entries) };
  }

  /** @param {object | null} track @param {number} nowMs */
  #begin(track, nowMs) {
    this.#track = track;
    this.#since = nowMs;
    this.#before = null;
    this.#shown = NONE_SHOWN;
  }
}

/** @param {Statistics} video */
function counters(video) {
  return {
    received_bytes: video.bytesReceived ?? 0,
    header_bytes: video.headerBytesReceived ?? 0,
    packets_received: video.packetsReceived ?? 0,
    packets_lost: Math.max(0, video.packetsLost ?? 0), // duplicates make it negative
    nacks_sent: video.nackCount ?? 0,
    plis_sent: video.pliCount ?? 0,
    frames_decoded: video.framesDecoded ?? 0,
    frames_dropped: video.framesDropped ?? 0,
    freezes: video.freezeCount ?? 0,
    frozen_ms: Math.round(1000 * (video.totalFreezesDuration ?? 0)),
  };
}

/** @param {Statistics} before @param {Statistics} now */
function means(before, now) {
  return {
    jitter_buffer_ms: meanMs(before, now, "jitterBufferDelay", "jitterBufferEmittedCount"),
    decode_ms: meanMs(before, now, "totalDecodeTime", "framesDecoded"),
    arrival_to_glass_ms: meanMs(before, now, "totalShowDelay", "shownFrames"),
  };
}

/**
 * Milliseconds for each of what was counted between two readings; null when it was nothing.
 * @param {Statistics} before @param {Statistics} now @param {string} seconds @param {string} count
 */
function meanMs(before, now, seconds, count) {
  const counted = (now[count] ?? 0) - (before[count] ?? 0);
  const spent = (now[seconds] ?? 0) - (before[seconds] ?? 0);
  return counted > 0 && spent >= 0 ? milliseconds(spent / counted) : null;
}

/** @param {Statistics[]} entries */
function link(entries) {
  const pair = entries.find((entry) => entry.type === "candidate-pair" && entry.nominated);
  return { round_trip_ms: pair?.currentRoundTripTime === undefined ? null : milliseconds(pair.currentRoundTripTime) };
}

/** @param {number} seconds */
function milliseconds(seconds) {
  return Math.min(LONGEST_MS, Math.round(10_000 * seconds) / 10);
}
