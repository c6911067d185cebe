// One stay in the room: connected, published, and over for whatever reason. The captured track outlives it.

import { CutWatch } from "./cut_watch.js";
import { Unheard } from "../../joining/knock.js";
import { pause } from "../../joining/timing.js";

/** @typedef {import("./room_link.js").PresenterToken} PresenterToken */
/** @typedef {{track: import("livekit-client").LocalTrack, sfuVersion: string | null}} Publication */

const ATTEMPT_MS = 3000;
const EXPLAINS_WITHIN_MS = 50;

/** A lost packet of a connection's first is sent again after one second, and then only after two more. */
const SIGNAL_MS = 2000;

const SDK_RETRY_MS = 100;
const RESUME_MS = 1000;

/** Packets come more often while the picture moves. */
const GONE_MS = 250;

/** A cable that was out for a moment costs a freeze and no more. */
const OFFLINE_MS = 2000;
const LEAVES_WITHIN_MS = 500;
const LOOKS_EVERY_MS = 500;

const NO_NETWORK = "This computer has no network.";
const NO_ANSWER = "Nothing comes back from the media server.";

/** Signalling works, and no media connection comes about. */
export class NoMedia extends Error {
  constructor() {
    super("the media server answers, but neither UDP nor TCP brings media from and to it");
  }
}

export class RoomStay {
  #capture;
  #knocks;
  #room;
  #publication = /** @type {Publication | null} */ (null);
  #token = /** @type {PresenterToken | null} */ (null);
  #isSignalled = false;
  #isOver = false;
  #listening = new AbortController();
  #end = (/** @type {string | null} */ _) => {};

  /** Why it ended, in words where that is known. @type {Promise<string | null>} */
  ended = new Promise((resolve) => (this.#end = resolve));

  /** What the media server gave as reason for putting this page out; undefined while it has not, or gave none. */
  reason = /** @type {import("livekit-client").DisconnectReason | undefined} */ (undefined);

  /**
   * @param {MediaStreamTrack} capture
   * @param {import("../../joining/knock.js").Knocks} knocks
   * @param {(publication: Publication) => void} published at each publication, also of the SDK's own
   */
  constructor(capture, knocks, published) {
    const { ParticipantEvent, Room, RoomEvent } = LivekitClient;
    this.#capture = capture;
    this.#knocks = knocks;
    this.#room = new Room({
      adaptiveStream: false,
      dynacast: false,
      singlePeerConnection: false,
      stopLocalTrackOnUnpublish: false,
      // the SDK would stop the capture before the presenter has answered "Leave this page?"
      disconnectOnPageLeave: false,
      publishDefaults: { simulcast: false, backupCodec: false },
      reconnectPolicy: { nextRetryDelayInMs: ({ retryCount }) => (retryCount === 0 ? 0 : SDK_RETRY_MS) },
    });
    this.#room.on(RoomEvent.SignalConnected, () => (this.#isSignalled = true));
    this.#room.on(RoomEvent.Disconnected, (reason) => {
      this.reason = reason;
      this.end();
    });
    this.#room.on(RoomEvent.SignalReconnecting, () => {
      void this.#giveUpIfGone();
      void this.#giveUpIfStill();
    });
    // the SDK's own full reconnect sleeps for 2 s; a fresh start needs less
    this.#room.on(RoomEvent.Reconnecting, () => this.end());
    // the SDK forces "motion" at every publication, its own included; put right before there is an encoder, it is made only once
    this.#room.localParticipant.on(ParticipantEvent.LocalSenderCreated, () => (this.#capture.contentHint = "detail"));
    this.#room.on(RoomEvent.LocalTrackPublished, ({ track }) => {
      if (!track) return;
      this.#publication = { track, sfuVersion: this.#room.serverInfo?.version ?? null };
      published(this.#publication);
    });
    addEventListener("offline", () => void this.#giveUpIfOffline(), { signal: this.#listening.signal });
  }

  /** Connect and publish. Throws when that does not succeed in time. @param {PresenterToken} token */
  async begin(token) {
    this.#token = token;
    // a client that is removed while it connects leaves connect() open for 15 s, so its end and a limit race it
    const late = Promise.race([this.#endedUnexplained(), pause(ATTEMPT_MS), this.#unsignalled()]).then(() => false);
    const connected = this.#room.connect(token.sfu_url, token.token, { autoSubscribe: false }).then(() => true);
    if (!(await Promise.race([connected, late]))) throw this.#isSignalled ? new NoMedia() : new Unheard();
    const published = this.#room.localParticipant.publishTrack(this.#capture, publishOptions(token.limits)).then(() => true);
    if (!(await Promise.race([published, late]))) throw new Error("the media server did not take the picture in time");
    void this.#watchLink();
  }

  /** Tell everybody in the room; what is lost is lost. @param {object} beat */
  beat(beat) {
    if (this.#publication === null) return;
    const bytes = new TextEncoder().encode(JSON.stringify(beat));
    this.#room.localParticipant.publishData(bytes, { reliable: false, topic: "beat" }).catch((error) => {
      console.info(`a beat was not sent: ${error}`);
    });
  }

  /** @param {string | null} [words] why */
  end(words = null) {
    this.#end(words);
  }

  /** Leave the room; the capture goes on. */
  async leave() {
    this.#isOver = true;
    this.#listening.abort();
    this.#room.removeAllListeners();
    await Promise.race([this.#room.disconnect(false), pause(LEAVES_WITHIN_MS)]);
  }

  /** The SDK says that it is disconnected before it throws why it could not connect, and what it throws tells whether the token was refused. */
  async #endedUnexplained() {
    await this.ended;
    await pause(EXPLAINS_WITHIN_MS);
  }

  /** Settles when signalling does not begin in time. */
  async #unsignalled() {
    await pause(SIGNAL_MS);
    if (this.#isSignalled) await this.ended;
  }

  /** Without packets, and nobody who answers: the media server crashed, and there is nothing to resume. */
  async #giveUpIfGone() {
    const before = await this.#arrivedBytes();
    const [isThere] = await Promise.all([this.#token && this.#knocks.isAnswered(this.#token), pause(GONE_MS)]);
    if (!isThere && (await this.#arrivedBytes()) === before) this.end();
  }

  /** The SDK tries to resume; a fresh start is faster when that does not work at once. */
  async #giveUpIfStill() {
    await pause(RESUME_MS);
    if (this.#room.state !== LivekitClient.ConnectionState.Connected) this.end();
  }

  /** The SDK needs 12 s to notice that the network is back. */
  async #giveUpIfOffline() {
    await pause(OFFLINE_MS);
    if (!navigator.onLine) this.end(NO_NETWORK);
  }

  /** A link that is cut without a word: the SDK would notice after 11 s. */
  async #watchLink() {
    const watch = new CutWatch();
    while (!this.#isOver) {
      if (watch.look(await this.#arrivedBytes(), performance.now())) return this.end(NO_ANSWER);
      await pause(LOOKS_EVERY_MS);
    }
  }

  /** Of anything: the media server answers each beat. */
  async #arrivedBytes() {
    const report = await this.#publication?.track.sender?.getStats();
    for (const entry of report?.values() ?? []) {
      if (entry.type === "transport") return entry.bytesReceived ?? 0;
    }
    return null;
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
