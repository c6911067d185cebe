// How often a display takes a still: as often as its link carries one, with as much of the link left free.

/** Between two stills; the wire's SHORTEST_STILL_INTERVAL_MS. */
export const SHORTEST_MS = 3000;

/** The wire's LONGEST_STILL_INTERVAL_MS. */
const LONGEST_MS = 60_000;

/** @param {number} transferMs how long the last one took */
export function stillIntervalMs(transferMs) {
  return Math.round(Math.min(LONGEST_MS, Math.max(SHORTEST_MS, 2 * transferMs)));
}
