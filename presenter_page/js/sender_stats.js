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
 * @property {number} framesEncoded
 * @property {number} bytesSent
 * @property {string} qualityLimitation
 */

/** Two readings closer than this say nothing of a rate: one key frame between them would look like a gigabit. */
const SHORTEST_MS = 500;

/** @param {RTCStatsReport} report @param {number} atMs @returns {SenderReading} */
export function readSender(report, atMs) {
  const entries = [...report.values()];
  const sent = entries.filter((entry) => entry.type === "outbound-rtp" && entry.kind === "video" && entry.active !== false);
  const first = sent[0] ?? {};
  const codec = entries.find((entry) => entry.type === "codec" && entry.id === first.codecId);
  return {
    atMs,
    streams: sent.length,
    codec: codec?.mimeType ?? "",
    scalabilityMode: first.scalabilityMode ?? "",
    width: first.frameWidth ?? 0,
    height: first.frameHeight ?? 0,
    framesEncoded: first.framesEncoded ?? 0,
    bytesSent: first.bytesSent ?? 0,
    qualityLimitation: first.qualityLimitationReason ?? "",
  };
}

/**
 * The wire's SenderReport, with rates since the reading before.
 * @param {SenderReading | null} before
 * @param {SenderReading} now
 * @param {string | null} sfuVersion
 */
export function senderReport(before, now, sfuVersion) {
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
