// Statistics as the browser hands them out: a map of entries.

/** @param {object[]} entries @returns {RTCStatsReport} */
export function statsReport(...entries) {
  return new Map(entries.map((entry, place) => [entry.id ?? String(place), entry]));
}

export const VP9 = { id: "codec-vp9", type: "codec", mimeType: "video/VP9" };

/** What the capture gives the encoder. */
export const CAPTURE = { id: "source", type: "media-source", framesPerSecond: 15 };

/** The connection in use, and what the SFU says of the outgoing video. */
export const UPLINK = { id: "pair", type: "candidate-pair", nominated: true, availableOutgoingBitrate: 6_200_000, currentRoundTripTime: 0.018 };
export const TOLD = { id: "told", type: "remote-inbound-rtp", localId: "out", fractionLost: 0.005 };

/** One outgoing video as Chromium reports it. @param {object} [changes] */
export function outbound(changes = {}) {
  return {
    id: "out",
    type: "outbound-rtp",
    kind: "video",
    active: true,
    codecId: VP9.id,
    mediaSourceId: "source",
    scalabilityMode: "L1T3",
    frameWidth: 1920,
    frameHeight: 1080,
    framesEncoded: 30,
    bytesSent: 500_000,
    qualityLimitationReason: "none",
    targetBitrate: 4_000_000,
    totalEncodeTime: 0.2,
    keyFramesEncoded: 3,
    pliCount: 2,
    ...changes,
  };
}

/** One incoming video as Chromium reports it. @param {object} [changes] */
export function inbound(changes = {}) {
  return {
    id: "in",
    type: "inbound-rtp",
    kind: "video",
    bytesReceived: 500_000,
    headerBytesReceived: 14_400,
    packetsReceived: 480,
    packetsLost: 0,
    nackCount: 0,
    pliCount: 0,
    framesDecoded: 30,
    framesDropped: 0,
    freezeCount: 0,
    totalFreezesDuration: 0,
    jitterBufferDelay: 1,
    jitterBufferEmittedCount: 30,
    totalDecodeTime: 0.1,
    ...changes,
  };
}
