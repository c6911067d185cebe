// A display's stay in the room: who is there, and whose screen was published.

import { RESUME_MS, Stay } from "../../joining/stay.js";
import { pause } from "../../joining/timing.js";

/** @typedef {import("./agent_link.js").RoomToken} RoomToken */

/**
 * @typedef {object} Hooks
 * @property {() => void} tracksChanged somebody's track came or went
 * @property {(identity: string, bytes: Uint8Array) => void} beatHeard
 * @property {() => Promise<number>} arrivedBytes of anything, so far
 */

const WORDS = {
  closed: "the media server ended the connection",
  broken: "the connection broke",
  gone: "the media server is gone",
  offline: "this machine has no network",
};

export class RoomStay extends Stay {
  #hooks;

  /**
   * @param {Hooks} hooks
   * @param {import("../../joining/knock.js").Knocks} knocks
   */
  constructor(hooks, knocks) {
    super(knocks, WORDS);
    const { RoomEvent } = LivekitClient;
    this.#hooks = hooks;
    this.room.on(RoomEvent.TrackSubscribed, () => hooks.tracksChanged());
    this.room.on(RoomEvent.TrackUnsubscribed, () => hooks.tracksChanged());
    this.room.on(RoomEvent.DataReceived, (bytes, participant, _kind, topic) => {
      if (topic === "beat" && participant) hooks.beatHeard(participant.identity, bytes);
    });
  }

  /** Whether the controller lets this display see anything. */
  get maySubscribe() {
    return this.room.localParticipant.permissions?.canSubscribe !== false;
  }

  /** Whether somebody is in the room. @param {string} identity */
  has(identity) {
    return this.room.remoteParticipants.has(identity);
  }

  /** Somebody's screen, where it was published. @param {string} identity */
  screenOf(identity) {
    return this.room.remoteParticipants.get(identity)?.getTrackPublication(LivekitClient.Track.Source.ScreenShare) ?? null;
  }

  /** Join. Throws when that does not succeed in time. @param {RoomToken} token */
  async begin(token) {
    await this.join(token, { autoSubscribe: true });
  }

  /** @override */
  async arrivedBytes() {
    return this.#hooks.arrivedBytes();
  }

  /**
   * Once nothing comes while the SDK tries to resume, a fresh start is faster. A still screen may send no frame in that time, but as
   * long as anything comes of it, the picture stays.
   * @override
   */
  async giveUpIfStill() {
    for (let before = -1, now = await this.arrivedBytes(); now > before; now = await this.arrivedBytes()) {
      before = now;
      await pause(RESUME_MS);
      if (this.isOver || this.room.state === LivekitClient.ConnectionState.Connected) return;
    }
    this.end("signalling and packets stopped");
  }
}
