// In the room for as long as that is wanted: an endless loop above the SDK, in which every end of a stay leads to the next.

import { Knocks, Unheard } from "../../joining/knock.js";
import { RoomTokens } from "../../joining/room_tokens.js";
import { NoMedia } from "../../joining/stay.js";
import { pause, pauseOrOnline, retryDelayMs } from "../../joining/timing.js";
import { PictureWatch } from "./picture_watch.js";
import { RoomStay } from "./room_stay.js";

/** @typedef {import("./agent_link.js").RoomToken} RoomToken */

/**
 * @typedef {object} Hooks
 * @property {() => Promise<RoomToken>} roomToken
 * @property {() => void} tracksChanged somebody's track came or went, or this display came into the room
 * @property {(identity: string, bytes: Uint8Array) => void} beatHeard
 * @property {() => Promise<number>} arrivedBytes of anything, so far
 * @property {(stay: RoomStay) => import("./picture_watch.js").Seen} seen what there is of the picture
 * @property {() => boolean} isWell whether nothing is wrong with what there is
 * @property {(why: string) => void} rejoined the display is in the room again
 * @property {() => void} putOut the media server does not want it there
 * @property {() => void} left it is in no room
 * @property {() => void} over it is not to be in one any more
 */

const LOOKS_EVERY_MS = 500;

/** A media server that starts again is there sooner. */
const TROUBLED_AFTER_MS = 3000;

/** Whoever was displaced by its own identity does not hurry back to displace the other. */
const AFTER_DISPLACED_MS = 10_000;

export class RoomLink {
  #hooks;
  #tokens;
  #knocks = new Knocks();
  #isWanted = false;
  #isLooping = false;
  #stay = /** @type {RoomStay | null} */ (null);
  #stage = "none";
  #isHeard = true;
  #wellAt = 0;
  #stays = 0;
  #lastEnd = "";
  #lastFailure = /** @type {unknown} */ (null);
  #sfuVersion = /** @type {string | null} */ (null);

  /** @param {Hooks} hooks */
  constructor(hooks) {
    this.#hooks = hooks;
    this.#tokens = new RoomTokens(hooks.roomToken);
  }

  /** Whether it tries to be in the room, or is there. */
  get isLooping() {
    return this.#isLooping;
  }

  /** How far it has come: `none`, `joining` or `joined`. */
  get stage() {
    return this.#stage;
  }

  /** The stay of now; null between two. */
  get stay() {
    return this.#stay;
  }

  /** How often it came into the room again. */
  get rejoined() {
    return Math.max(0, this.#stays - 1);
  }

  /** As the SFU told last. */
  get sfuVersion() {
    return this.#sfuVersion;
  }

  /** Why this display does not come into the room, once that has lasted. */
  get trouble() {
    if (!this.#isLooping || this.#stage === "joined") return null;
    if (performance.now() - this.#wellAt < TROUBLED_AFTER_MS) return null;
    if (this.#lastFailure instanceof NoMedia) return "no_media";
    return this.#lastFailure instanceof Unheard ? "unheard" : null;
  }

  /** Be in the room from now on, or leave it. @param {boolean} isWanted */
  want(isWanted) {
    this.#isWanted = isWanted;
    if (isWanted && !this.#isLooping) void this.#stayInRoom();
    if (!isWanted) this.#stay?.end("this display may not see the picture any more");
  }

  async #stayInRoom() {
    this.#isLooping = true;
    this.#wellAt = performance.now();
    while (this.#isWanted) {
      this.#stage = "joining";
      const triedAt = performance.now();
      const { retriesAtOnce, isDisplaced } = await this.#tryRoom();
      this.#stage = "none";
      this.#hooks.left();
      if (!this.#isWanted || retriesAtOnce) continue;
      const now = performance.now();
      const delayMs = isDisplaced ? AFTER_DISPLACED_MS : retryDelayMs(now - this.#wellAt, now - triedAt, Math.random());
      await pauseOrOnline(delayMs);
    }
    this.#isLooping = false;
    this.#hooks.over();
  }

  /** One try, and the stay that it leads to. */
  async #tryRoom() {
    let stay = /** @type {RoomStay | null} */ (null);
    let retriesAtOnce = false;
    try {
      const token = await this.#tokens.next();
      const mayJoin = this.#isHeard || (await this.#knocks.mayJoin(token, performance.now() - this.#wellAt));
      if (!mayJoin) throw new Unheard();
      if (!this.#isWanted) return { retriesAtOnce, isDisplaced: false };
      stay = new RoomStay(this.#hooks, this.#knocks);
      this.#lastEnd = (await this.#beInRoom(stay, token)) ?? "";
    } catch (error) {
      this.#lastFailure = error;
      this.#lastEnd = error instanceof Error ? error.message : String(error);
      console.warn(`not in the room: ${this.#lastEnd}`);
      retriesAtOnce = this.#tokens.refuse(error);
    }
    this.#isHeard = retriesAtOnce;
    this.#stay = null;
    if (stay !== null && this.#tokens.stayEnded(stay.reason)) this.#hooks.putOut();
    await stay?.leave();
    return { retriesAtOnce, isDisplaced: stay?.isDisplaced ?? false };
  }

  /** Join, and stay until it ends; why it did, in words. Throws when it cannot. @param {RoomStay} stay @param {RoomToken} token */
  async #beInRoom(stay, token) {
    this.#stay = stay;
    await stay.begin(token);
    this.#lastFailure = null;
    if (this.#stays++ > 0) this.#hooks.rejoined(this.#lastEnd);
    this.#sfuVersion = stay.sfuVersion;
    this.#stage = "joined";
    this.#hooks.tracksChanged();
    return Promise.race([stay.ended, this.#missPicture(stay)]);
  }

  /** Throws when a picture that should have come did not. @param {RoomStay} stay @returns {Promise<string | null>} */
  async #missPicture(stay) {
    const watch = new PictureWatch();
    while (this.#stay === stay) {
      const missing = watch.look(this.#hooks.seen(stay), performance.now());
      if (missing !== null) throw new Error(missing);
      if (watch.isWell && this.#hooks.isWell()) this.#wellAt = performance.now();
      await pause(LOOKS_EVERY_MS);
    }
    return stay.ended;
  }
}
