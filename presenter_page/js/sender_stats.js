// What the sender's statistics say.

/**
 * One reading of the video that is sent.
 * @typedef {object} SenderReading
 * @property {number} atMs
 * @property {number} streams how many video streams are sent; one is right
 * @property {string} codec for example video/VP9
 * @property {string} scalabilityMode for example L1T3
 * @property {number} width
 * @property {number} height
 * @property {number | null} captureFps what the capture gives the encoder
 * @property {number} framesEncoded
 * @property {number} bytesSent
 * @property {string} qualityLimitation
 * @property {number | null} targetBps
 * @property {number | null} availableBps
 * @property {number} encodeSeconds spent on all frames so far
 * @property {number | null} roundTripMs
 * @property {number | null} uplinkLostPercent
 * @property {number} keyFrames
 * @property {number} plis
 */

/** @typedef {import("./highest_limits.js").Limits} Limits */

/** The wire tells no greater delay. */
const LONGEST_MS = 60_000;

/** Two readings closer than this say nothing of a rate: one key frame between them would look like a gigabit. */
const SHORTEST_MS = 500;

/** @param {RTCStatsReport} report @param {number} atMs @returns {SenderReading} */
export function readSender(report, atMs) {
  const entries = [...report.values()];
  const sent = entries.filter((entry) => entry.type === "outbound-rtp" && entry.kind === "video" && entry.active !== false);
  const first = sent[0] ?? {};
  const codec = entries.find((entry) => entry.type === "codec" && entry.id === first.codecId);
  const source = entries.find((entry) => entry.type === "media-source" && entry.id === first.mediaSourceId);
  const pair = entries.find((entry) => entry.type === "candidate-pair" && entry.nominated);
  const told = entries.find((entry) => entry.type === "remote-inbound-rtp" && entry.localId === first.id);
  return {
    atMs,
    streams: sent.length,
    codec: codec?.mimeType ?? "",
    scalabilityMode: first.scalabilityMode ?? "",
    width: first.frameWidth ?? 0,
    height: first.frameHeight ?? 0,
    captureFps: source?.framesPerSecond ?? null,
    framesEncoded: first.framesEncoded ?? 0,
    bytesSent: first.bytesSent ?? 0,
    qualityLimitation: first.qualityLimitationReason ?? "",
    targetBps: whole(first.targetBitrate),
    availableBps: whole(pair?.availableOutgoingBitrate),
    encodeSeconds: first.totalEncodeTime ?? 0,
    roundTripMs: pair?.currentRoundTripTime === undefined ? null : milliseconds(pair.currentRoundTripTime),
    uplinkLostPercent: told?.fractionLost === undefined ? null : Math.round(1000 * told.fractionLost) / 10,
    keyFrames: first.keyFramesEncoded ?? 0,
    plis: first.pliCount ?? 0,
  };
}

/**
 * The wire's SenderReport, with rates since the reading before.
 * @param {SenderReading | null} before
 * @param {SenderReading} now
 * @param {string | null} sfuVersion
 * @param {Limits | null} [applied] the limits in force
 */
export function senderReport(before, now, sfuVersion, applied = null) {
  const seconds = before === null ? 0 : (now.atMs - before.atMs) / 1000;
  const isLater = before !== null && !isTooSoon(before, now);
  const continues = isLater && now.framesEncoded >= before.framesEncoded && now.bytesSent >= before.bytesSent;
  return {
    frames_encoded: now.framesEncoded,
    frames_per_second: continues ? Math.min(240, Math.round((10 * (now.framesEncoded - before.framesEncoded)) / seconds) / 10) : 0,
    sent_bps: continues ? Math.round((8 * (now.bytesSent - before.bytesSent)) / seconds) : 0,
    width: now.width,
    height: now.height,
    codec: now.codec,
    scalability_mode: now.scalabilityMode,
    quality_limitation: now.qualityLimitation,
    sfu_version: sfuVersion,
    target_bps: now.targetBps,
    available_bps: now.availableBps,
    encode_ms: continues ? encodeMs(before, now) : null,
    round_trip_ms: now.roundTripMs,
    uplink_lost_percent: now.uplinkLostPercent,
    key_frames_encoded: now.keyFrames,
    plis_received: now.plis,
    applied,
  };
}

/**
 * The reading that the next rates begin at: a report out of turn does not shorten the second after it.
 * @param {SenderReading | null} before
 * @param {SenderReading} now
 */
export function startOfNext(before, now) {
  return before !== null && isTooSoon(before, now) ? before : now;
}

/** @param {SenderReading} before @param {SenderReading} now */
function isTooSoon(before, now) {
  return now.atMs - before.atMs < SHORTEST_MS;
}

/** Of one frame; null when none was encoded. @param {SenderReading} before @param {SenderReading} now */
function encodeMs(before, now) {
  const frames = now.framesEncoded - before.framesEncoded;
  return frames > 0 ? milliseconds(Math.max(0, now.encodeSeconds - before.encodeSeconds) / frames) : null;
}

/** @param {number} seconds */
function milliseconds(seconds) {
  return Math.min(LONGEST_MS, Math.round(10_000 * seconds) / 10);
}

/** @param {number | undefined} value */
function whole(value) {
  return value === undefined ? null : Math.round(value);
}
