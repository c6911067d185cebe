// The presenter's stay in the room: published, and its link watched. The captured track outlives it.

import { CutWatch } from "./cut_watch.js";
import { RESUME_MS, Stay } from "../../joining/stay.js";
import { pause } from "../../joining/timing.js";

/** @typedef {import("./room_link.js").PresenterToken} PresenterToken */
/** @typedef {{track: import("livekit-client").LocalTrack, sfuVersion: string | null}} Publication */

const LOOKS_EVERY_MS = 500;

const WORDS = { offline: "This computer has no network." };
const NO_ANSWER = "Nothing comes back from the media server.";

export class RoomStay extends Stay {
  #capture;
  #publication = /** @type {Publication | null} */ (null);

  /**
   * @param {MediaStreamTrack} capture
   * @param {import("../../joining/knock.js").Knocks} knocks
   * @param {(publication: Publication) => void} published at each publication, also of the SDK's own
   */
  constructor(capture, knocks, published) {
    super(knocks, WORDS, {
      stopLocalTrackOnUnpublish: false,
      // the SDK would stop the capture before the presenter has answered "Leave this page?"
      disconnectOnPageLeave: false,
      publishDefaults: { simulcast: false, backupCodec: false },
    });
    const { ParticipantEvent, RoomEvent } = LivekitClient;
    this.#capture = capture;
    // the SDK forces "motion" at every publication, its own included; put right before there is an encoder, it is made only once
    this.room.localParticipant.on(ParticipantEvent.LocalSenderCreated, () => (this.#capture.contentHint = "detail"));
    this.room.on(RoomEvent.LocalTrackPublished, ({ track }) => {
      if (!track) return;
      this.#publication = { track, sfuVersion: this.sfuVersion };
      published(this.#publication);
    });
  }

  /** Connect and publish. Throws when that does not succeed in time. @param {PresenterToken} token */
  async begin(token) {
    const publish = () => this.room.localParticipant.publishTrack(this.#capture, publishOptions(token.limits));
    await this.join(token, { autoSubscribe: false }, publish);
    void this.#watchLink();
  }

  /** Tell everybody in the room; what is lost is lost. @param {object} beat */
  beat(beat) {
    if (this.#publication === null) return;
    const bytes = new TextEncoder().encode(JSON.stringify(beat));
    this.room.localParticipant.publishData(bytes, { reliable: false, topic: "beat" }).catch((error) => {
      console.info(`a beat was not sent: ${error}`);
    });
  }

  /** Of anything: the media server answers each beat. @override */
  async arrivedBytes() {
    const report = await this.#publication?.track.sender?.getStats();
    for (const entry of report?.values() ?? []) {
      if (entry.type === "transport") return entry.bytesReceived ?? 0;
    }
    return null;
  }

  /** A fresh start is faster when the SDK's resume does not work at once. @override */
  async giveUpIfStill() {
    await pause(RESUME_MS);
    if (this.room.state !== LivekitClient.ConnectionState.Connected) this.end();
  }

  /** A link that is cut without a word: the SDK would notice after 11 s. */
  async #watchLink() {
    const watch = new CutWatch();
    while (!this.isOver) {
      if (watch.look(await this.arrivedBytes(), performance.now())) return this.end(NO_ANSWER);
      await pause(LOOKS_EVERY_MS);
    }
  }
}

/**
 * One VP9 layer and nothing else: then the SFU never thins or pauses it for anybody.
 * @param {PresenterToken["limits"]} limits
 */
function publishOptions(limits) {
  return /** @type {import("livekit-client").TrackPublishOptions} */ ({
    source: LivekitClient.Track.Source.ScreenShare,
    name: "screen",
    videoCodec: "vp9",
    scalabilityMode: "L1T3",
    simulcast: false,
    backupCodec: false,
    degradationPreference: "maintain-resolution",
    screenShareEncoding: { maxBitrate: limits.max_bitrate_bps, maxFramerate: limits.max_frames_per_second, priority: "high" },
  });
}
