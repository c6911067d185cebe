// One presentation, from the click to the end: capture, lease, room, check, heartbeats. Knows no DOM; views listen to its changes.

import { ask, Refusal, sendPicture, Unreachable } from "./controller_api.js";
import { LeaseMemory } from "./lease_memory.js";
import { verdictOn } from "./publication_check.js";
import { Displaced, RoomLink } from "./room_link.js";
import { Cancelled, captureScreen } from "./screen_share.js";
import { SenderLimits } from "./sender_limits.js";
import { readSender, senderReport, startOfNext } from "./sender_stats.js";
import { Stills } from "./stills.js";
import { pause, pauseOrOnline, retryDelayMs } from "../../joining/timing.js";
import { takenOverWords } from "./words.js";

/** @typedef {"idle" | "choosing" | "starting" | "checking" | "live" | "reconnecting" | "failed"} Phase */

/**
 * @typedef {object} Snapshot
 * @property {Phase} phase
 * @property {string | null} problem what went wrong with the presentation
 * @property {string | null} notice what the presenter should do while the picture goes on
 * @property {MediaStreamTrack | null} capture
 * @property {number | null} liveSince milliseconds of Date.now()
 * @property {ReturnType<typeof senderReport> | null} sender
 * @property {Rival | null} rival whoever presents instead, and may be taken over from
 */

/** @typedef {{holder: string, leaseId: string}} Rival */

const JUDGED_WITHIN_MS = 8000;
const LOOKS_EVERY_MS = 100;

/** A controller that restarts is back by then; a lease that nobody returns lapses by itself, but is named until somebody presents. */
const RETURNS_WITHIN_MS = 60_000;
const PAUSED = "Your computer gives no picture of the screen for now. The wall shows the last one for a moment, then a card.";
const UNHEARD = "The picture goes on, but the controller does not take what this page says of it:";
const SIGNED_OUT = "You are signed out; the picture goes on. Open /login in another tab and sign in again.";

export class Presentation extends EventTarget {
  #snapshot = /** @type {Snapshot} */ ({ phase: "idle", problem: null, notice: null, capture: null, liveSince: null, sender: null, rival: null });
  #sessionId = 0;
  #lease = /** @type {string | null} */ (null);
  #takesOver = /** @type {string | null} */ (null);
  #memory = new LeaseMemory();
  #leaseTaken = /** @type {Promise<void>} */ (Promise.resolve());
  #leaseReturned = /** @type {Promise<void>} */ (Promise.resolve());
  #returning = new AbortController();
  #link = /** @type {RoomLink | null} */ (null);
  #publication = /** @type {import("./room_stay.js").Publication | null} */ (null);
  #before = /** @type {import("./sender_stats.js").SenderReading | null} */ (null);
  #worker = /** @type {Worker | null} */ (null);
  #limits = new SenderLimits();
  #stills = new Stills((still) => this.#sendStill(still));
  #beats = 0;
  #isAsking = false;

  get snapshot() {
    return this.#snapshot;
  }

  /**
   * Capture a screen and present it.
   * @param {number} sessionId
   * @param {Rival | null} [rival] take the session over from whoever was told to present in it
   */
  async start(sessionId, rival = null) {
    if (this.#snapshot.capture !== null || this.#snapshot.phase === "choosing") return;
    this.#sessionId = sessionId;
    this.#takesOver = rival?.leaseId ?? null;
    this.#change({ phase: "choosing", problem: null, rival: null });
    try {
      const capture = await captureScreen();
      capture.addEventListener("ended", () => void this.stop());
      for (const change of ["mute", "unmute"]) capture.addEventListener(change, () => void this.#beat());
      this.#change({ phase: "starting", capture });
      this.#worker = new Worker(new URL("./heartbeat_worker.js", import.meta.url));
      this.#worker.addEventListener("message", () => void this.#beat());
      this.#link = new RoomLink(capture, {
        token: () => this.#takeLease(),
        published: (publication) => void this.#check(publication),
        lost: (trouble) => this.#lost(trouble),
      });
      await this.#link.run();
    } catch (error) {
      if (error instanceof Cancelled) this.#change({ phase: "idle" });
      else if (error instanceof Refusal && error.code === "session_taken") await this.#yield(error);
      else if (error instanceof Displaced) await this.#endHere(error.message);
      else await this.#end("failed", error instanceof Error ? error.message : String(error));
    }
  }

  /** Another presents: who took over from this page, or whoever was there before it. @param {Refusal} refusal */
  #yield({ message, details: { holder, lease_id } }) {
    if (this.#lease === null) return this.#end("failed", message, {}, { holder, leaseId: lease_id });
    return this.#endHere(takenOverWords(holder));
  }

  /** The session goes on elsewhere: nothing is given back. @param {string} problem */
  #endHere(problem) {
    this.#lease = null;
    return this.#end("failed", problem);
  }

  /** Encode under these limits from now on. @param {import("./sender_stats.js").Limits} limits */
  obey(limits) {
    return this.#limits.obey(limits);
  }

  /** Displays need a still so often; null: none does. @param {number | null} everyMs */
  wantStills(everyMs) {
    const { phase, capture } = this.#snapshot;
    this.#stills.want(everyMs, phase === "live" && !capture?.muted ? capture : null);
  }

  /** End the presentation. */
  stop() {
    return this.#end("idle", null);
  }

  /** The page is being closed: leave the room and give the session back, if it is this page that presents. */
  leave() {
    if (this.#link !== null) void this.#end("idle", null, { keepalive: true });
  }

  /** @param {Phase} phase @param {string | null} problem @param {{keepalive?: boolean}} options @param {Rival | null} rival */
  #end(phase, problem, options = {}, rival = null) {
    this.#link?.close();
    this.#worker?.terminate();
    this.#stills.want(null, null);
    this.#snapshot.capture?.stop();
    this.#link = this.#worker = this.#publication = this.#before = null;
    this.#limits.detach();
    this.#change({ phase, problem, notice: null, capture: null, liveSince: null, sender: null, rival });
    this.#leaseReturned = Promise.all([this.#leaseReturned, this.#returnLease(this.#sessionId, options)]).then(() => {});
    return this.#leaseReturned;
  }

  /** Give the lease back, also one that is still on its way. @param {number} sessionId @param {{keepalive?: boolean}} options */
  async #returnLease(sessionId, options) {
    const { signal } = this.#returning;
    await this.#leaseTaken;
    const lease = this.#lease;
    this.#lease = null;
    if (lease === null) return;
    const since = performance.now();
    while (!signal.aborted) {
      try {
        await ask("DELETE", "/api/presenter/v1/lease", { session_id: sessionId, lease }, options);
        break;
      } catch (error) {
        const downForMs = performance.now() - since;
        if (!mayPass(error) || downForMs > RETURNS_WITHIN_MS) {
          console.warn(`the session was not given back: ${error}`);
          break;
        }
        await pauseOrOnline(retryDelayMs(downForMs, 0, Math.random()));
      }
    }
  }

  /** Take or renew the lease, once the one before is given back or, while that does not succeed, wanted again. */
  #takeLease() {
    this.#returning.abort();
    this.#returning = new AbortController();
    const sessionId = this.#sessionId;
    const takeOver = this.#takesOver;
    const token = this.#leaseReturned
      .then(() => this.#memory.recall())
      .then((lease) => ask("POST", "/api/admin/presenter/livekit-token", { session_id: sessionId, lease, take_over: takeOver }));
    this.#leaseTaken = token.then(
      ({ lease }) => this.#rememberLease(lease),
      () => {},
    );
    return token;
  }

  /** @param {string} lease */
  #rememberLease(lease) {
    this.#takesOver = null;
    this.#lease = lease;
    return this.#memory.remember(lease);
  }

  /** @param {string | null} trouble */
  #lost(trouble) {
    this.#publication = this.#before = null;
    this.#limits.detach();
    const phase = this.#snapshot.phase === "starting" ? "starting" : "reconnecting";
    this.#change({ phase, problem: trouble, sender: null });
  }

  /**
   * Say live only when what is sent is what the wall was promised. Only the first publication must prove itself in time; a later one,
   * after a lost link, is looked at until it does.
   * @param {import("./room_stay.js").Publication} publication
   */
  async #check(publication) {
    this.#publication = publication;
    if (this.#snapshot.capture !== null) void this.#limits.attach(publication.track.sender, this.#snapshot.capture);
    if (this.#snapshot.phase === "starting") this.#change({ phase: "checking" });
    const until = performance.now() + JUDGED_WITHIN_MS;
    let told = /** @type {string | null} */ (null);
    while (this.#publication === publication) {
      const reading = await this.#read(publication);
      if (this.#publication !== publication) return;
      const { fault, doubt } = verdictOn(reading, this.#snapshot.capture?.getSettings() ?? {});
      if (fault !== null) return this.#end("failed", fault);
      if (doubt === null) return this.#goLive();
      if (performance.now() >= until) {
        if (this.#snapshot.liveSince === null) return this.#end("failed", doubt);
        if (doubt !== told) this.#change({ phase: "reconnecting", problem: (told = doubt) });
      }
      await pause(LOOKS_EVERY_MS);
    }
  }

  #goLive() {
    this.#change({ phase: "live", problem: null, liveSince: this.#snapshot.liveSince ?? Date.now() });
    return this.#beat();
  }

  /** @param {import("./room_stay.js").Publication} publication */
  async #read(publication) {
    const report = await publication.track.sender?.getStats();
    return report === undefined ? null : readSender(report, performance.now());
  }

  /** Tell the room and the controller that this page lives. */
  async #beat() {
    const sender = await this.#measure();
    const paused = this.#snapshot.capture?.muted ?? false;
    this.#link?.beat({ sequence: this.#beats++, frames_encoded: sender?.frames_encoded ?? 0, paused });
    await this.#tellController(sender, paused);
  }

  /**
   * Say how it goes, and hear how the wall is. One request at a time: the room's beats wait for none.
   * @param {Snapshot["sender"]} sender
   * @param {boolean} paused
   */
  async #tellController(sender, paused) {
    const { phase } = this.#snapshot;
    const lease = this.#lease;
    if (lease === null || this.#isAsking) return;
    this.#isAsking = true;
    try {
      const message = { session_id: this.#sessionId, lease, phase: toldPhase(phase, paused), ...(sender ? { sender } : {}) };
      const status = await ask("POST", "/api/presenter/v1/heartbeat", message);
      if (this.#lease !== lease) return; // stopped meanwhile: the event stream has told what came after
      this.dispatchEvent(new CustomEvent("wall", { detail: status }));
      void this.obey(status.limits);
      this.wantStills(status.still_every_ms);
      this.#notice(paused ? PAUSED : null);
    } catch (error) {
      if (error instanceof Refusal && this.#lease === lease) await this.#heed(error);
    } finally {
      this.#isAsking = false;
    }
  }

  /** @param {import("./stills.js").Still} still */
  async #sendStill({ picture, takenMs, ageMs }) {
    if (this.#lease === null) return;
    const path = `/api/presenter/v1/still?session_id=${this.#sessionId}&taken_ms=${takenMs}&age_ms=${ageMs}`;
    await sendPicture(path, picture, { "X-Lease": this.#lease });
  }

  /** What a refused beat means for the presentation. @param {Refusal} refusal */
  async #heed(refusal) {
    if (refusal.code === "sign_in") return this.#notice(SIGNED_OUT);
    if (refusal.code !== "lease_lost") return refusal.mayPass ? undefined : this.#notice(`${UNHEARD} ${refusal.message}`);
    const { holder } = refusal.details;
    await this.#endHere(holder === undefined ? refusal.message : takenOverWords(holder));
  }

  /** @param {string | null} notice */
  #notice(notice) {
    if (notice !== this.#snapshot.notice && this.#snapshot.capture !== null) this.#change({ notice });
  }

  async #measure() {
    const publication = this.#publication;
    const now = publication === null ? null : await this.#read(publication);
    if (publication === null || now === null || this.#publication !== publication) return null;
    this.#limits.look(now);
    const sender = senderReport(this.#before, now, publication.sfuVersion, this.#limits.applied);
    this.#before = startOfNext(this.#before, now);
    this.#change({ sender });
    return sender;
  }

  /** @param {Partial<Snapshot>} changes */
  #change(changes) {
    this.#snapshot = { ...this.#snapshot, ...changes };
    this.dispatchEvent(new Event("change"));
  }
}

/** The phase as the controller is told it. @param {Phase} phase @param {boolean} paused */
function toldPhase(phase, paused) {
  if (phase === "live") return paused ? "paused" : "live";
  return phase === "reconnecting" ? phase : "starting";
}

/** @param {unknown} error */
function mayPass(error) {
  return error instanceof Unreachable || (error instanceof Refusal && error.mayPass);
}
