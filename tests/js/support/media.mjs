// Statistics as the browser hands them out: a map of entries.

/** @param {object[]} entries @returns {RTCStatsReport} */
export function statsReport(...entries) {
  return new Map(entries.map((entry, place) => [entry.id ?? String(place), entry]));
}

export const VP9 = { id: "codec-vp9", type: "codec", mimeType: "video/VP9" };

/** One outgoing video as Chromium reports it. @param {object} [changes] */
export function outbound(changes = {}) {
  return {
    id: "out",
    type: "outbound-rtp",
    kind: "video",
    active: true,
    codecId: VP9.id,
    scalabilityMode: "L1T3",
    frameWidth: 1920,
    frameHeight: 1080,
    framesEncoded: 30,
    bytesSent: 500_000,
    qualityLimitationReason: "none",
    ...changes,
  };
}
