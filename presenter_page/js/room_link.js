// The room: one published screen, kept there by an endless loop above the SDK. The captured track outlives every connection, so that
// nobody has to choose a screen twice.

import { Refusal, Unreachable } from "./controller_api.js";
import { pause, pauseOrOnline, retryDelayMs } from "./timing.js";

/**
 * @typedef {object} PresenterToken
 * @property {string} sfu_url
 * @property {string} token
 * @property {string} lease
 * @property {number} expires_in_s
 * @property {{max_bitrate_bps: number, max_frames_per_second: number}} limits
 * @property {{code: string, message: string} | null} warning
 */

/** @typedef {{track: import("livekit-client").LocalTrack, sfuVersion: string | null}} Publication */

const ATTEMPT_MS = 3000;
const SDK_RETRY_MS = 300;
const RESUME_MS = 1000;
const TOKEN_MARGIN_MS = 5000;

/** Refusals that another try cannot mend. */
const FINAL = new Set(["session_taken", "sign_in", "wrong_role", "unknown_session", "livekit_not_configured", "malformed"]);

export class RoomLink {
  #capture;
  #hooks;
  #isWanted = true;
  #leave = () => {};
  #room = /** @type {import("livekit-client").Room | null} */ (null);
  #token = /** @type {{answer: PresenterToken, goodUntil: number} | null} */ (null);

  /**
   * @param {MediaStreamTrack} capture
   * @param {object} hooks
   * @param {() => Promise<PresenterToken>} hooks.token
   * @param {(publication: Publication) => void} hooks.published at each publication, also of the SDK's own
   * @param {(trouble: string | null) => void} hooks.lost not published; why, in words, where that is known
   */
  constructor(capture, hooks) {
    this.#capture = capture;
    this.#hooks = hooks;
  }

  /** Stay published until `close()`. Throws the Refusal that no other try can mend. */
  async run() {
    let downSince = performance.now();
    while (this.#isWanted) {
      let trouble = null;
      try {
        const token = await this.#freshToken();
        if (!this.#isWanted) return;
        await this.#bePublished(token);
        downSince = performance.now();
      } catch (error) {
        if (this.#isWanted && this.#isFinal(error)) throw error;
        console.warn(`not in the room: ${error instanceof Error ? error.message : error}`);
        trouble = inWords(error);
      }
      if (!this.#isWanted) return;
      this.#hooks.lost(trouble);
      await pauseOrOnline(retryDelayMs(performance.now() - downSince, Math.random()));
    }
  }

  /** Leave the room; the capture goes on. */
  close() {
    this.#isWanted = false;
    this.#leave();
  }

  /** Whoever was signed in before may sign in again in another tab. @param {unknown} error */
  #isFinal(error) {
    if (!(error instanceof Refusal)) return false;
    return FINAL.has(error.code) && !(error.code === "sign_in" && this.#token !== null);
  }

  /** A token from the controller; while it is away, the last one for as long as it is good. */
  async #freshToken() {
    try {
      const answer = await this.#hooks.token();
      this.#token = { answer, goodUntil: performance.now() + 1000 * answer.expires_in_s - TOKEN_MARGIN_MS };
      return answer;
    } catch (error) {
      if (error instanceof Refusal || this.#token === null || performance.now() > this.#token.goodUntil) throw error;
      return this.#token.answer;
    }
  }

  /** @param {PresenterToken} token */
  async #bePublished(token) {
    const { Room, RoomEvent } = LivekitClient;
    const room = new Room({
      adaptiveStream: false,
      dynacast: false,
      singlePeerConnection: false,
      stopLocalTrackOnUnpublish: false,
      // the SDK would stop the capture before the presenter has answered "Leave this page?"
      disconnectOnPageLeave: false,
      publishDefaults: { simulcast: false, backupCodec: false },
      reconnectPolicy: { nextRetryDelayInMs: () => SDK_RETRY_MS },
    });
    this.#room = room;
    const listening = new AbortController();
    const ended = /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        this.#leave = () => resolve();
        room.on(RoomEvent.Disconnected, () => resolve());
        room.on(RoomEvent.SignalReconnecting, () => void this.#giveUpIfStill(room, resolve));
        room.on(RoomEvent.Reconnecting, () => resolve()); // the SDK's own full reconnect sleeps for 2 s; a fresh start needs less
        // the SDK itself needs 12 s after a cable is back
        addEventListener("online", () => resolve(), { signal: listening.signal });
      })
    );
    room.on(RoomEvent.LocalTrackPublished, (publication) => {
      // the SDK forces "motion" at every publication, its own included
      this.#capture.contentHint = "detail";
      if (publication.track) this.#hooks.published({ track: publication.track, sfuVersion: room.serverInfo?.version ?? null });
    });
    try {
      const connected = room.connect(token.sfu_url, token.token, { autoSubscribe: false }).then(() => true);
      const lost = Promise.race([ended, pause(ATTEMPT_MS)]).then(() => false);
      if (!(await Promise.race([connected, lost]))) throw new Error("the media server did not let this page in in time");
      const published = room.localParticipant.publishTrack(this.#capture, publishOptions(token.limits)).then(() => true);
      const late = Promise.race([ended, pause(ATTEMPT_MS)]).then(() => false);
      if (!(await Promise.race([published, late]))) throw new Error("the media server did not take the picture in time");
      await ended;
    } finally {
      this.#room = null;
      listening.abort();
      room.removeAllListeners();
      await Promise.race([room.disconnect(false), pause(ATTEMPT_MS)]);
    }
  }

  /**
   * The SDK tries to resume; a fresh start is faster when that does not work at once.
   * @param {import("livekit-client").Room} room
   * @param {() => void} giveUp
   */
  async #giveUpIfStill(room, giveUp) {
    await pause(RESUME_MS);
    if (this.#room === room && room.state !== LivekitClient.ConnectionState.Connected) giveUp();
  }
}

/** @param {unknown} error */
function inWords(error) {
  if (error instanceof Refusal || error instanceof Unreachable) return error.message;
  return "The media server cannot be reached from this browser.";
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
