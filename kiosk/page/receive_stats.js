// What the receiver's statistics say of the last second.

/** @typedef {{frames_per_second: number, received_bps: number}} Rates */
/** @typedef {{atMs: number, bytes: number, presented: number}} Reading */

/**
 * @typedef {object} Received
 * @property {number} bytes of the video
 * @property {number} arrived bytes of anything over the same connection: they tell that it lives
 * @property {number} checks of the same connection that came, questions and answers: each two seconds or so, when nothing else does
 * @property {number} packets of the video
 * @property {number} lost packets
 * @property {number} received frames
 * @property {number} decoded frames
 */

/** Two readings closer than this say nothing of a rate: one key frame between them would look like a gigabit. */
const SHORTEST_MS = 500;

/**
 * @param {Reading | null} before
 * @param {Reading} now
 * @returns {Rates}
 */
export function ratesBetween(before, now) {
  if (before === null || isTooSoon(before, now) || now.bytes < before.bytes || now.presented < before.presented) {
    return { frames_per_second: 0, received_bps: 0 };
  }
  const seconds = (now.atMs - before.atMs) / 1000;
  return {
    frames_per_second: Math.min(240, round((now.presented - before.presented) / seconds)),
    received_bps: Math.round((8 * (now.bytes - before.bytes)) / seconds),
  };
}

/**
 * The reading that the next rates begin at: a report out of turn does not shorten the second after it.
 * @param {Reading | null} before
 * @param {Reading} now
 */
export function startOfNext(before, now) {
  return before !== null && isTooSoon(before, now) ? before : now;
}

/**
 * How much of a track has come, and how far. All only grows.
 * @param {RTCStatsReport | undefined} report of its receiver
 * @returns {Received}
 */
export function readReceiver(report) {
  const entries = [...(report?.values() ?? [])];
  const video = entries.find((entry) => entry.type === "inbound-rtp" && entry.kind === "video");
  const transport = entries.find((entry) => entry.type === "transport");
  return {
    bytes: video?.bytesReceived ?? 0,
    arrived: transport?.bytesReceived ?? 0,
    checks: entries.reduce((sum, entry) => sum + checksOf(entry), 0),
    packets: video?.packetsReceived ?? 0,
    lost: video?.packetsLost ?? 0,
    received: video?.framesReceived ?? 0,
    decoded: video?.framesDecoded ?? 0,
  };
}

/** @param {{type: string, requestsReceived?: number, responsesReceived?: number}} entry */
function checksOf({ type, requestsReceived = 0, responsesReceived = 0 }) {
  return type === "candidate-pair" ? requestsReceived + responsesReceived : 0;
}

/** @param {Reading} before @param {Reading} now */
function isTooSoon(before, now) {
  return now.atMs - before.atMs < SHORTEST_MS;
}

/** @param {number} value */
function round(value) {
  return Math.round(10 * value) / 10;
}
