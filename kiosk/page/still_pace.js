// How fast a still came, and how often a display takes one: as often as its link carries one, with as much of the link left free.

/** Between two stills; the wire's SHORTEST_STILL_INTERVAL_MS. */
export const SHORTEST_MS = 3000;

/** The wire's LONGEST_STILL_INTERVAL_MS. */
const LONGEST_MS = 60_000;

/** What a bucket or a queue on the way lets through at once, however thin the link is. */
const AT_ONCE_BYTES = 16_384;

/** Of a smaller picture too little is left to tell by. */
const TELLS_FROM_BYTES = 30_000;

/** @param {number} transferMs how long the last one took */
export function stillIntervalMs(transferMs) {
  return Math.round(Math.min(LONGEST_MS, Math.max(SHORTEST_MS, 2 * transferMs)));
}

/** How fast a still came, bit/s: as fast as the link carries what it has to carry; null where it was too small to tell. @param {{bytes: number, transferMs: number}} still */
export function paceBps({ bytes, transferMs }) {
  return bytes < TELLS_FROM_BYTES ? null : Math.round((8000 * (bytes - AT_ONCE_BYTES)) / Math.max(1, transferMs));
}
