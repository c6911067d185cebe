// The picture: in the room as soon as this display is approved, showing the named presenter's screen and nobody else's.
//
// An endless loop stands above the SDK: every end of a connection leads to the next try, by a fresh token where the controller gives
// one. "Showing" begins with a frame that was presented, never with a connection.

import { pause, pauseOrOnline, retryDelayMs } from "./timing.js";
import { PictureWatch } from "./picture_watch.js";
import { ReceptionMeter } from "./reception.js";
import { arrivedBytes, ratesBetween, receivedBytes, startOfNext } from "./receive_stats.js";

/** @typedef {import("./agent_link.js").RoomToken} RoomToken */
/** @typedef {{joins: boolean, presenterIdentity: string | null}} Wanted */

const ATTEMPT_MS = 3000;
const SDK_RETRY_MS = 100;

/** The SDK's own resume is given this long without a packet before the room is left and joined afresh. */
const RESUME_MS = 1000;

const LOOKS_EVERY_MS = 500;
const TOKEN_MARGIN_MS = 5000;

/** The wire tells no greater age. */
const OLDEST_FRAME_MS = 86_400_000;

export class Viewer {
  #video;
  #hooks;
  #wanted = /** @type {Wanted} */ ({ joins: false, presenterIdentity: null });
  #room = /** @type {import("livekit-client").Room | null} */ (null);
  #leave = () => {};
  #isLooping = false;
  #wellAt = 0;
  #timesMissed = 0;
  #track = /** @type {import("livekit-client").RemoteTrack | null} */ (null);
  #stage = "none";
  #presented = 0;
  #lastFrameAt = /** @type {number | null} */ (null);
  #nextFrame = 0;
  #before = /** @type {import("./receive_stats.js").Reading | null} */ (null);
  #reception = new ReceptionMeter();
  #token = /** @type {{answer: RoomToken, goodUntil: number} | null} */ (null);
  #sfuVersion = /** @type {string | null} */ (null);

  /**
   * @param {HTMLVideoElement} video
   * @param {{roomToken: () => Promise<RoomToken>, pictureChanged: (isShowing: boolean) => void}} hooks
   */
  constructor(video, hooks) {
    this.#video = video;
    this.#hooks = hooks;
  }

  /** @param {Wanted} wanted */
  follow(wanted) {
    const before = this.#wanted;
    this.#wanted = wanted;
    if (wanted.presenterIdentity !== before.presenterIdentity) this.#showNamed();
    if (wanted.joins && !this.#isLooping) void this.#stayInRoom();
    if (!wanted.joins) this.#leave();
  }

  /** What stands on the screen, as the wire's ViewerReport. */
  async report() {
    const track = this.#track;
    const statistics = await track?.getRTCStatsReport();
    const bytes = receivedBytes(statistics);
    const now = { atMs: performance.now(), bytes, presented: this.#presented };
    const rates = ratesBetween(this.#track ? this.#before : null, now);
    this.#before = startOfNext(this.#before, now);
    return {
      stage: this.#stage,
      presenter_identity: this.#track ? this.#wanted.presenterIdentity : null,
      last_frame_age_ms: this.#lastFrameAgeMs(),
      frames_presented: this.#presented,
      width: this.#video.videoWidth,
      height: this.#video.videoHeight,
      standstill: null,
      resubscribed: 0,
      rejoined: 0,
      last_remedy: null,
      sfu_version: this.#sfuVersion,
      reception: this.#reception.read(track, statistics, now.atMs),
      step: "full",
      ...rates,
    };
  }

  async #stayInRoom() {
    this.#isLooping = true;
    this.#wellAt = performance.now();
    while (this.#wanted.joins) {
      this.#stage = "joining";
      const triedAt = performance.now();
      try {
        const token = await this.#freshToken();
        if (this.#wanted.joins) await this.#beInRoom(token);
      } catch (error) {
        console.warn(`not in the room: ${error instanceof Error ? error.message : error}`);
      }
      this.#hide();
      this.#stage = "none";
      const now = performance.now();
      if (this.#wanted.joins) await pauseOrOnline(retryDelayMs(now - this.#wellAt, now - triedAt, Math.random()));
    }
    this.#isLooping = false;
  }

  /** A token from the controller; while it is away, the last one for as long as it is good. */
  async #freshToken() {
    try {
      const answer = await this.#hooks.roomToken();
      this.#token = { answer, goodUntil: performance.now() + 1000 * answer.expires_in_s - TOKEN_MARGIN_MS };
      return answer;
    } catch (error) {
      const code = /** @type {{code?: string}} */ (error).code;
      if (code !== "controller_unreachable" || this.#token === null || performance.now() > this.#token.goodUntil) throw error;
      return this.#token.answer;
    }
  }

  /** Join, and stay until the connection ends for whatever reason. @param {RoomToken} token */
  async #beInRoom(token) {
    const { Room, RoomEvent } = LivekitClient;
    const room = new Room({
      adaptiveStream: false,
      dynacast: false,
      singlePeerConnection: false,
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
        addEventListener("online", () => this.#isStill() && resolve(), { signal: listening.signal });
      })
    );
    room.on(RoomEvent.TrackSubscribed, () => this.#showNamed());
    room.on(RoomEvent.TrackUnsubscribed, (track) => track === this.#track && this.#hide());
    try {
      // a client that is removed while it connects leaves connect() open for 15 s, so its end and a limit race it
      const connected = room.connect(token.sfu_url, token.token, { autoSubscribe: true }).then(() => true);
      const lost = Promise.race([ended, pause(ATTEMPT_MS)]).then(() => false);
      if (!(await Promise.race([connected, lost]))) throw new Error("the media server did not let this display in in time");
      this.#sfuVersion = room.serverInfo?.version ?? null;
      this.#stage = this.#track ? "receiving" : "joined";
      this.#showNamed();
      await Promise.race([ended, this.#watchForPicture(room)]);
    } finally {
      this.#room = null;
      listening.abort();
      room.removeAllListeners();
      await Promise.race([room.disconnect(), pause(ATTEMPT_MS)]);
    }
  }

  /** Throws when a picture that should have come did not. @param {import("livekit-client").Room} room */
  async #watchForPicture(room) {
    const watch = new PictureWatch();
    while (this.#room === room) {
      const missing = watch.look(this.#seen(room), performance.now());
      if (missing !== null) throw new Error(`${missing}, for the ${++this.#timesMissed}. time; joining afresh`);
      if (watch.isWell) this.#wellAt = performance.now();
      await pause(LOOKS_EVERY_MS);
    }
  }

  /** @param {import("livekit-client").Room} room */
  #seen(room) {
    const isPresenterHere = room.remoteParticipants.has(this.#wanted.presenterIdentity ?? "");
    return { isPresenterHere, isSubscribed: this.#track !== null, hasFrame: this.#presented > 0 };
  }

  /**
   * The SDK tries to resume; once nothing comes meanwhile, a fresh start is faster. A still screen may send no frame in that time,
   * but as long as anything comes of it, the picture stays.
   * @param {import("livekit-client").Room} room
   * @param {() => void} giveUp
   */
  async #giveUpIfStill(room, giveUp) {
    for (let before = -1, now = await this.#arrivedBytes(); now > before; now = await this.#arrivedBytes()) {
      before = now;
      await pause(RESUME_MS);
      if (this.#room !== room || room.state === LivekitClient.ConnectionState.Connected) return;
    }
    giveUp();
  }

  async #arrivedBytes() {
    return arrivedBytes(await this.#track?.getRTCStatsReport());
  }

  #isStill() {
    const ageMs = this.#lastFrameAgeMs();
    return ageMs === null || ageMs > RESUME_MS;
  }

  #lastFrameAgeMs() {
    if (this.#lastFrameAt === null) return null;
    return Math.min(OLDEST_FRAME_MS, Math.max(0, Math.round(performance.now() - this.#lastFrameAt)));
  }

  /** Put the named presenter's screen on the glass, if it is there. */
  #showNamed() {
    const track = this.#namedTrack();
    if (track === this.#track) return;
    this.#hide();
    if (track === null) return;
    this.#track = track;
    this.#stage = "receiving";
    const receiver = track.receiver;
    if (receiver && "jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
    track.attach(this.#video);
    this.#watchFrames();
  }

  #namedTrack() {
    const presenter = this.#room?.remoteParticipants.get(this.#wanted.presenterIdentity ?? "");
    const publication = presenter?.getTrackPublication(LivekitClient.Track.Source.ScreenShare);
    return /** @type {import("livekit-client").RemoteTrack | null} */ (publication?.track ?? null);
  }

  /** Count what is presented; the first frame uncovers the picture. */
  #watchFrames() {
    this.#nextFrame = this.#video.requestVideoFrameCallback(() => {
      this.#presented++;
      this.#lastFrameAt = performance.now();
      if (this.#presented === 1) this.#hooks.pictureChanged(true);
      this.#watchFrames();
    });
  }

  #hide() {
    const wasShowing = this.#track !== null;
    this.#video.cancelVideoFrameCallback(this.#nextFrame);
    this.#track?.detach(this.#video);
    this.#track = null;
    this.#presented = 0;
    this.#lastFrameAt = null;
    this.#before = null;
    if (this.#stage === "receiving") this.#stage = "joined";
    if (wasShowing) this.#hooks.pictureChanged(false);
  }
}
