// What is really sent, by the sender's own statistics. Nothing is called live before this agrees.

/** @typedef {import("./sender_stats.js").SenderReading} SenderReading */

export const CODEC = "video/VP9";
export const SCALABILITY_MODE = "L1T3";

const ENOUGH_FRAMES = 3;

/** Encoders round a side down to an even number. */
const SIDE_TOLERANCE = 2;

/**
 * Whether enough has been sent to judge.
 * @param {SenderReading} reading
 */
export function canBeJudged(reading) {
  return reading.codec !== "" && reading.framesEncoded >= ENOUGH_FRAMES && reading.width > 0;
}

/**
 * What is wrong with what is sent, in words; null when nothing is.
 * @param {SenderReading} reading
 * @param {{width?: number, height?: number}} captured the capture's size
 */
export function faultOf(reading, captured) {
  if (reading.streams === 0) return "Nothing is being sent. Stop, and share again.";
  if (reading.streams > 1) return `The browser sends ${reading.streams} versions of the picture instead of one. Reload this page and share again.`;
  if (reading.codec.toLowerCase() !== CODEC.toLowerCase()) {
    return `This browser sends ${reading.codec.replace("video/", "")} instead of VP9. Use Chrome, Edge or Chromium 113 or newer.`;
  }
  if (reading.scalabilityMode !== SCALABILITY_MODE) {
    return `This browser sends ${reading.scalabilityMode || "no"} layers instead of ${SCALABILITY_MODE}. Use Chrome, Edge or Chromium 113 or newer.`;
  }
  if (isSmaller(reading.width, captured.width) || isSmaller(reading.height, captured.height)) {
    return `The picture is sent at ${reading.width} × ${reading.height} instead of ${captured.width} × ${captured.height}. Close other programs, then share again.`;
  }
  return null;
}

/** @param {number} sent @param {number | undefined} captured */
function isSmaller(sent, captured) {
  return captured !== undefined && sent < captured - SIDE_TOLERANCE;
}
