// One stay in the room, whichever page's: joined within limits, given up where a fresh start is faster than the SDK, left.

import { Unheard } from "./knock.js";
import { pause } from "./timing.js";

/** A lost packet of a connection's first is sent again after one second, and then only after two more. */
const SIGNAL_MS = 2000;

/** From then on, however late that was: media, and what is to follow within the same limit. */
const MEDIA_MS = 2500;
const EXPLAINS_WITHIN_MS = 50;

const SDK_RETRY_MS = 100;

/** Packets come more often while the picture moves. */
const GONE_MS = 250;

/** A cable that was out for a moment costs a freeze and no more. */
const OFFLINE_MS = 2000;
const LEAVES_WITHIN_MS = 500;

/** The SDK's own resume is given this long. */
export const RESUME_MS = 1000;

/** Signalling works, and no media connection comes about. */
export class NoMedia extends Error {
  constructor() {
    super("the media server answers, but neither UDP nor TCP brings media");
  }
}

/** Why a stay ended, in words where there are some. @typedef {{closed?: string, broken?: string, gone?: string, offline?: string}} Words */

export class Stay {
  #knocks;
  #words;
  #token = /** @type {import("./knock.js").Token | null} */ (null);
  #isSignalled = false;
  #signal = () => {};
  #signalled = /** @type {Promise<void>} */ (new Promise((resolve) => (this.#signal = resolve)));
  #end = (/** @type {string | null} */ _) => {};

  /** Settles what an event of the window would still begin. */
  #listening = new AbortController();

  /** The SDK's. */
  room;

  /** Whether it was left. */
  isOver = false;

  /** Why it ended, in words where there are some. @type {Promise<string | null>} */
  ended = new Promise((resolve) => (this.#end = resolve));

  /** What the media server gave as reason for putting this participant out; undefined while it has not, or gave none. */
  reason = /** @type {import("livekit-client").DisconnectReason | undefined} */ (undefined);

  /** Whether another took this participant's place. */
  isDisplaced = false;

  /**
   * @param {import("./knock.js").Knocks} knocks
   * @param {Words} words
   * @param {import("livekit-client").RoomOptions} [options]
   */
  constructor(knocks, words, options) {
    const { Room, RoomEvent } = LivekitClient;
    this.#knocks = knocks;
    this.#words = words;
    this.room = new Room({
      adaptiveStream: false,
      dynacast: false,
      singlePeerConnection: false,
      reconnectPolicy: { nextRetryDelayInMs: ({ retryCount }) => (retryCount === 0 ? 0 : SDK_RETRY_MS) },
      ...options,
    });
    this.room.on(RoomEvent.SignalConnected, () => {
      this.#isSignalled = true;
      this.#signal();
      knocks.hear();
    });
    this.room.on(RoomEvent.Disconnected, (reason) => {
      this.reason = reason;
      this.isDisplaced = reason === LivekitClient.DisconnectReason.DUPLICATE_IDENTITY;
      this.end(words.closed);
    });
    this.room.on(RoomEvent.SignalReconnecting, () => {
      void this.#giveUpIfGone();
      void this.giveUpIfStill();
    });
    // the SDK's own full reconnect sleeps for 2 s; a fresh start needs less
    this.room.on(RoomEvent.Reconnecting, () => this.end(words.broken));
    addEventListener("offline", () => void this.#giveUpIfOffline(), { signal: this.#listening.signal });
  }

  /** As it told; null before. */
  get sfuVersion() {
    return this.room.serverInfo?.version ?? null;
  }

  /** Bytes of anything, so far; null where that is not known. @returns {Promise<number | null>} */
  async arrivedBytes() {
    return null;
  }

  /** Called when signalling broke: `end()` where the SDK will not resume. */
  async giveUpIfStill() {}

  /**
   * Be in the room. Throws when that does not succeed in time.
   * @param {import("./knock.js").Token} token
   * @param {import("livekit-client").RoomConnectOptions} options
   * @param {() => Promise<unknown>} [then] within the same limits
   */
  async join(token, options, then = async () => {}) {
    this.#token = token;
    // a client that is removed while it connects leaves connect() open for 15 s, so its end and a limit race it
    const late = Promise.race([this.#endedUnexplained(), this.#tooLate()]).then(() => false);
    const within = (/** @type {Promise<unknown>} */ step) => Promise.race([step.then(() => true), late]);
    if (!(await within(this.room.connect(token.sfu_url, token.token, options)))) throw this.#isSignalled ? new NoMedia() : new Unheard();
    if (!(await within(then()))) throw new Error("the media server took too long");
  }

  /** @param {string | null} [words] why */
  end(words = null) {
    this.#end(words);
  }

  /** Leave the room. @param {boolean} [stopsTracks] */
  async leave(stopsTracks) {
    this.isOver = true;
    this.#listening.abort();
    this.room.removeAllListeners();
    await Promise.race([this.room.disconnect(stopsTracks), pause(LEAVES_WITHIN_MS)]);
  }

  /** The SDK says that it is disconnected before it throws why it could not connect, and what it throws tells whether the token was refused. */
  async #endedUnexplained() {
    await this.ended;
    await pause(EXPLAINS_WITHIN_MS);
  }

  /** Settles when signalling does not begin in time, or media does not follow. */
  async #tooLate() {
    if (!(await Promise.race([this.#signalled.then(() => true), pause(SIGNAL_MS)]))) return;
    await pause(MEDIA_MS);
  }

  /** Without packets, and nobody who answers: the media server crashed, and there is nothing to resume. */
  async #giveUpIfGone() {
    const before = await this.arrivedBytes();
    const [isThere] = await Promise.all([this.#token && this.#knocks.isAnswered(this.#token), pause(GONE_MS)]);
    if (!isThere && (await this.arrivedBytes()) === before) this.end(this.#words.gone);
  }

  /** The SDK needs 12 s to notice that the network is back. */
  async #giveUpIfOffline() {
    await pause(OFFLINE_MS);
    if (!navigator.onLine) this.end(this.#words.offline);
  }
}
