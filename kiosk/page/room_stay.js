// One stay in the room: joined, and over for whatever reason.

import { Unheard } from "../../joining/knock.js";
import { pause } from "../../joining/timing.js";

/** @typedef {import("./agent_link.js").RoomToken} RoomToken */

/**
 * @typedef {object} Hooks
 * @property {() => void} tracksChanged somebody's track came or went
 * @property {(identity: string, bytes: Uint8Array) => void} beatHeard
 * @property {() => Promise<number>} arrivedBytes of anything, so far
 */

const ATTEMPT_MS = 3000;
const EXPLAINS_WITHIN_MS = 50;

/** A lost packet of a connection's first is sent again after one second, and then only after two more. */
const SIGNAL_MS = 2000;

const SDK_RETRY_MS = 100;

/** The SDK's own resume is given this long without a packet before the room is left and joined afresh. */
const RESUME_MS = 1000;

/** Packets come more often while the picture moves. */
const GONE_MS = 250;

/** A cable that was out for a moment costs a freeze and no more. */
const OFFLINE_MS = 2000;

const LEAVES_WITHIN_MS = 500;

/** Signalling works, and no media connection comes about. */
export class NoMedia extends Error {
  constructor() {
    super("the media server answers, but neither UDP nor TCP brings media from and to it");
  }
}

export class RoomStay {
  #hooks;
  #knocks;
  #room;
  #token = /** @type {RoomToken | null} */ (null);
  #isSignalled = false;
  #isOver = false;
  #listening = new AbortController();
  #end = (/** @type {string} */ _) => {};

  /** Why it ended, in words. @type {Promise<string>} */
  ended = new Promise((resolve) => (this.#end = resolve));

  /** What the media server gave as reason for putting this display out; undefined while it has not, or gave none. */
  reason = /** @type {import("livekit-client").DisconnectReason | undefined} */ (undefined);

  /** Whether another is in the room as this display. */
  isDisplaced = false;

  /**
   * @param {Hooks} hooks
   * @param {import("../../joining/knock.js").Knocks} knocks
   */
  constructor(hooks, knocks) {
    const { Room, RoomEvent } = LivekitClient;
    this.#hooks = hooks;
    this.#knocks = knocks;
    this.#room = new Room({
      adaptiveStream: false,
      dynacast: false,
      singlePeerConnection: false,
      reconnectPolicy: { nextRetryDelayInMs: ({ retryCount }) => (retryCount === 0 ? 0 : SDK_RETRY_MS) },
    });
    this.#room.on(RoomEvent.SignalConnected, () => (this.#isSignalled = true));
    this.#room.on(RoomEvent.Disconnected, (reason) => {
      this.reason = reason;
      this.isDisplaced = reason === LivekitClient.DisconnectReason.DUPLICATE_IDENTITY;
      this.end("the media server ended the connection");
    });
    this.#room.on(RoomEvent.SignalReconnecting, () => {
      void this.#giveUpIfGone();
      void this.#giveUpIfStill();
    });
    // the SDK's own full reconnect sleeps for 2 s; a fresh start needs less
    this.#room.on(RoomEvent.Reconnecting, () => this.end("the connection broke"));
    this.#room.on(RoomEvent.TrackSubscribed, () => hooks.tracksChanged());
    this.#room.on(RoomEvent.TrackUnsubscribed, () => hooks.tracksChanged());
    this.#room.on(RoomEvent.DataReceived, (bytes, participant, _kind, topic) => {
      if (topic === "beat" && participant) hooks.beatHeard(participant.identity, bytes);
    });
    addEventListener("offline", () => void this.#giveUpIfOffline(), { signal: this.#listening.signal });
  }

  /** The SFU's version, as it told. */
  get sfuVersion() {
    return this.#room.serverInfo?.version ?? null;
  }

  /** Whether the controller lets this display see anything. */
  get maySubscribe() {
    return this.#room.localParticipant.permissions?.canSubscribe !== false;
  }

  /** Whether somebody is in the room. @param {string} identity */
  has(identity) {
    return this.#room.remoteParticipants.has(identity);
  }

  /** Somebody's screen, where it was published. @param {string} identity */
  screenOf(identity) {
    return this.#room.remoteParticipants.get(identity)?.getTrackPublication(LivekitClient.Track.Source.ScreenShare) ?? null;
  }

  /** Join. Throws when that does not succeed in time. @param {RoomToken} token */
  async begin(token) {
    this.#token = token;
    // a client that is removed while it connects leaves connect() open for 15 s, so its end and a limit race it
    const late = Promise.race([this.#endedUnexplained(), pause(ATTEMPT_MS), this.#unsignalled()]).then(() => false);
    const connected = this.#room.connect(token.sfu_url, token.token, { autoSubscribe: true }).then(() => true);
    if (!(await Promise.race([connected, late]))) throw this.#isSignalled ? new NoMedia() : new Unheard();
  }

  /** @param {string} why in words */
  end(why) {
    this.#end(why);
  }

  /** Leave the room. */
  async leave() {
    this.#isOver = true;
    this.#listening.abort();
    this.#room.removeAllListeners();
    await Promise.race([this.#room.disconnect(), pause(LEAVES_WITHIN_MS)]);
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
    const before = await this.#hooks.arrivedBytes();
    const [isThere] = await Promise.all([this.#token && this.#knocks.isAnswered(this.#token), pause(GONE_MS)]);
    if (!isThere && (await this.#hooks.arrivedBytes()) === before) this.end("the media server is gone");
  }

  /**
   * The SDK tries to resume; once nothing comes meanwhile, a fresh start is faster. A still screen may send no frame in that time,
   * but as long as anything comes of it, the picture stays.
   */
  async #giveUpIfStill() {
    for (let before = -1, now = await this.#hooks.arrivedBytes(); now > before; now = await this.#hooks.arrivedBytes()) {
      before = now;
      await pause(RESUME_MS);
      if (this.#isOver || this.#room.state === LivekitClient.ConnectionState.Connected) return;
    }
    this.end("signalling and packets stopped");
  }

  /** The SDK needs 12 s to notice that the network is back. */
  async #giveUpIfOffline() {
    await pause(OFFLINE_MS);
    if (!navigator.onLine) this.end("this machine has no network");
  }
}
