// Numbers of the bandwidth plots: no page in here.

/** @typedef {import("./snapshot.js").BandwidthHistory} History */
/** @typedef {{begins: Date, received_bytes: number, sent_bytes: number}} Slot */

const MINUTE_MS = 60_000;

/** Minutes brought together, so many at a time; what is left over at the end too. @param {History} history @param {number} minutes @returns {Slot[]} */
export function slots(history, minutes) {
  const begins = new Date(history.begins).getTime();
  const made = [];
  for (let first = 0; first < history.sent_bytes.length; first += minutes) {
    made.push({
      begins: new Date(begins + first * MINUTE_MS),
      received_bytes: sum(history.received_bytes.slice(first, first + minutes)),
      sent_bytes: sum(history.sent_bytes.slice(first, first + minutes)),
    });
  }
  return made;
}

/** Whether anything was counted at all. @param {History} history */
export function hasTraffic(history) {
  return [...history.received_bytes, ...history.sent_bytes].some((bytes) => bytes > 0);
}

/** Bits a second of bytes in so many minutes. @param {number} bytes @param {number} minutes */
export function bitsPerSecond(bytes, minutes) {
  return (8 * bytes) / (60 * minutes);
}

/** The next rounder figure, for the top of a scale: 1, 2 or 5 and noughts. @param {number} value */
export function roundedUp(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= value) ?? 10 * power;
}

/**
 * The outline of an area under values that lie side by side, as steps.
 * @param {number[]} values @param {number} most value at the top @param {number} width @param {number} height
 */
export function areaPath(values, most, width, height) {
  const step = width / Math.max(1, values.length);
  const tops = values.map((value, index) => `V${place(height * (1 - Math.min(1, value / most)))}H${place((index + 1) * step)}`);
  return `M0 ${height}${tops.join("")}V${height}Z`;
}

/** @param {number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

/** @param {number} value */
function place(value) {
  return Math.round(100 * value) / 100;
}
