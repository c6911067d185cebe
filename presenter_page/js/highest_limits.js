// What a presenter sends at most: the wire's MAX_BITRATE_BPS and MAX_FRAMES_PER_SECOND.

/** @typedef {{max_bitrate_bps: number, max_frames_per_second: number}} Limits */

/** @type {Readonly<Limits>} */
export const HIGHEST = Object.freeze({ max_bitrate_bps: 4_000_000, max_frames_per_second: 15 });
