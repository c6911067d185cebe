// What is really sent, by the sender's own statistics. Nothing is called live before this agrees.

/** @typedef {import("./sender_stats.js").SenderReading} SenderReading */

export const CODEC = "video/VP9";
export const SCALABILITY_MODE = "L1T3";

const ENOUGH_FRAMES = 3;

/** Encoders round a side down to an even number. */
const SIDE_TOLERANCE = 2;

/** What a sender shows before its first frames. */
const NOTHING_SENT = "The browser does not send the picture. Share again if that does not pass.";

/**
 * What a reading says of what is sent, in words: a fault that no waiting mends, or a doubt that may pass; neither when it is right.
 * @param {SenderReading | null} reading
 * @param {{width?: number, height?: number}} captured the capture's size
 * @returns {{fault: string | null, doubt: string | null}}
 */
export function verdictOn(reading, captured) {
  if (reading === null || !canBeJudged(reading)) return { fault: null, doubt: NOTHING_SENT };
  return { fault: faultOf(reading), doubt: doubtAbout(reading, captured) };
}

/** Whether enough has been sent to judge. @param {SenderReading} reading */
function canBeJudged(reading) {
  return reading.codec !== "" && reading.framesEncoded >= ENOUGH_FRAMES && reading.width > 0;
}

/** @param {SenderReading} reading */
function faultOf(reading) {
  if (reading.streams > 1) return `The browser sends ${reading.streams} versions of the picture instead of one. Reload this page and share again.`;
  if (reading.codec.toLowerCase() !== CODEC.toLowerCase()) {
    return `This browser sends ${reading.codec.replace("video/", "")} instead of VP9. Use Chrome, Edge or Chromium 113 or newer.`;
  }
  if (reading.scalabilityMode !== SCALABILITY_MODE) {
    return `This browser sends ${reading.scalabilityMode || "no"} layers instead of ${SCALABILITY_MODE}. Use Chrome, Edge or Chromium 113 or newer.`;
  }
  return null;
}

/**
 * A link that starts slowly, or has just come back, is given a smaller picture for a moment.
 * @param {SenderReading} reading
 * @param {{width?: number, height?: number}} captured
 */
function doubtAbout(reading, captured) {
  if (!isSmaller(reading.width, captured.width) && !isSmaller(reading.height, captured.height)) return null;
  return `The picture is sent at ${reading.width} × ${reading.height} instead of ${captured.width} × ${captured.height}. Close other programs, then share again.`;
}

/** @param {number} sent @param {number | undefined} captured */
function isSmaller(sent, captured) {
  return captured !== undefined && sent < captured - SIDE_TOLERANCE;
}
