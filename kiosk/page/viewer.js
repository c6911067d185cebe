// The picture: the named presenter's screen and nobody else's, as soon as this display is approved.
//
// "Showing" begins with a frame that was presented, never with a connection; and when no new one comes, what is missing is named, told,
// and mended in steps.

import { Beats } from "./beats.js";
import { CarriedWatch } from "./carried.js";
import { Cover } from "./cover.js";
import { FrameWait } from "./frame_wait.js";
import { Glass } from "./glass.js";
import { MediaHold } from "./media_hold.js";
import { Outages } from "./outages.js";
import { ReceptionMeter } from "./reception.js";
import { ratesBetween, readReceiver, startOfNext } from "./receive_stats.js";
import { Remedies } from "./remedies.js";
import { RoomLink } from "./room_link.js";
import { isNoTrouble, StandstillWatch } from "./standstill.js";
import { isLower, Steps } from "./steps.js";
import { givesFrames, Thinning } from "./thinning.js";
import { StillsNeed } from "./stills_need.js";
import { pause } from "../../joining/timing.js";

/** @typedef {import("./agent_link.js").RoomToken} RoomToken */
/** @typedef {import("./agent_link.js").Step} Step */
/** @typedef {{joins: boolean, presenterIdentity: string | null, presenterPhase: string, step: Step, isProtected: boolean}} Wanted */

const LOOKS_EVERY_MS = 500;

/** Measured: a track goes 0.1 s after it is not wanted any more. */
const UNSUBSCRIBED_MS = 300;

/** Beats come each second, stills each three; the controller calls a presenter silent after five. */
const HEARD_WITHIN_MS = 5000;

/** The wire tells no greater age. */
const OLDEST_FRAME_MS = 86_400_000;

export class Viewer {
  #glass;
  #stills;
  #hooks;
  #link;
  #isLooking = false;
  #wanted = /** @type {Wanted} */ ({ joins: false, presenterIdentity: null, presenterPhase: "nobody", step: "full", isProtected: false });
  #track = /** @type {import("livekit-client").RemoteTrack | null} */ (null);
  #before = /** @type {import("./receive_stats.js").Reading | null} */ (null);
  #reception = new ReceptionMeter();

  #beats = new Beats();
  #watch = new StandstillWatch();
  #standstill = /** @type {import("./standstill.js").Cause | null} */ (null);
  /** Of decoder or renderer, until a frame is presented: a track that was asked for anew mends nothing before that. */
  #unmended = /** @type {import("./standstill.js").Cause | null} */ (null);
  #remedies = new Remedies();
  #resubscribed = 0;
  #lastRemedy = /** @type {string | null} */ (null);

  #outages = new Outages();
  #carried = new CarriedWatch();
  #frameWait = new FrameWait();
  #waitMs = 0;
  #chokes = false;
  #steps = new Steps();
  #thinning = new Thinning();
  #step = /** @type {Step} */ ("full");
  #stillsNeed = new StillsNeed();
  #hold = new MediaHold();
  #isStuck = false;
  #isHeld = false;
  #cover = new Cover();
  #covering = /** @type {import("./cover.js").Covering} */ ("card");

  /**
   * @param {HTMLVideoElement} video
   * @param {HTMLCanvasElement} copy of the last frame, over the video
   * @param {import("./stills.js").Stills} stills for when there is no moving picture
   * @param {object} hooks
   * @param {() => Promise<RoomToken>} hooks.roomToken
   * @param {(covering: import("./cover.js").Covering) => void} hooks.covered what shall lie over the picture from now on
   * @param {(step: Step, isOwn: boolean) => void} hooks.stepped how much of the picture is taken from now on, and whether nobody told so
   * @param {() => void} hooks.changed there is something to report at once
   */
  constructor(video, copy, stills, hooks) {
    this.#glass = new Glass(video, copy, (frame) => this.#frameCame(frame));
    this.#stills = stills;
    this.#hooks = hooks;
    this.#link = new RoomLink({
      roomToken: hooks.roomToken,
      tracksChanged: () => this.#showNamed(),
      beatHeard: (identity, bytes) => identity === this.#wanted.presenterIdentity && this.#beats.hear(bytes, performance.now()),
      arrivedBytes: async () => (await this.#received()).arrived,
      seen: (stay) => this.#seen(stay),
      isWell: () => isNoTrouble(this.#trouble),
      rejoined: (why) => (this.#lastRemedy = `rejoined: ${why}`),
      putOut: () => this.#forget(),
      left: () => this.#lose(),
      over: () => hooks.changed(),
    });
  }

  /** @param {Wanted} wanted */
  follow(wanted) {
    const before = this.#wanted;
    this.#wanted = wanted;
    if (wanted.presenterIdentity !== before.presenterIdentity || !wanted.joins) this.#forget();
    this.#steps.tell(wanted.step, wanted.isProtected);
    this.#showNamed();
    this.#takeStep();
    this.#link.want(wanted.joins);
    if (wanted.joins && !this.#isLooking) void this.#keepLooking();
  }

  /** Why the picture does not move: no frames are to come, or they do not come; null where that is not known yet. */
  get whyStill() {
    return this.#step === "stills" ? "stills" : this.#standstill;
  }

  /** A still is there for the first time since stills are needed. */
  stillCame() {
    this.#coverPicture();
  }

  /** What stands on the screen, as the wire's ViewerReport. */
  async report() {
    const track = this.#track;
    const statistics = await track?.getRTCStatsReport();
    const { arrived, checks, bytes } = readReceiver(statistics);
    const now = { atMs: performance.now(), bytes, presented: this.#glass.presented };
    if (this.#track) this.#outages.look(arrived + checks, now.atMs);
    const rates = ratesBetween(this.#track ? this.#before : null, now);
    this.#before = startOfNext(this.#before, now);
    return {
      stage: this.#track ? "receiving" : this.#link.stage,
      presenter_identity: this.#track ? this.#wanted.presenterIdentity : null,
      last_frame_age_ms: this.#lastFrameAgeMs(),
      frames_presented: this.#glass.presented,
      width: this.#glass.width,
      height: this.#glass.height,
      standstill: this.#trouble,
      join_trouble: this.#track ? null : this.#link.trouble,
      resubscribed: this.#resubscribed,
      rejoined: this.#link.rejoined,
      last_remedy: this.#lastRemedy,
      sfu_version: this.#link.sfuVersion,
      reception: this.#reception.read(track, statistics, now.atMs, this.#outages.ms),
      step: this.#step,
      stills: this.#stills.report(this.#beats.areWhole(now.atMs)),
      ...rates,
    };
  }

  /** Why the picture stands still, also while a remedy has not shown yet what it does. */
  get #trouble() {
    return this.#standstill ?? this.#unmended;
  }

  /** @param {import("./room_stay.js").RoomStay} stay */
  #seen(stay) {
    const isPresenterHere = stay.maySubscribe && stay.has(this.#wanted.presenterIdentity ?? ""); // joining afresh gives no right back
    const hasFrame = this.#glass.presented > 0 || !givesFrames(this.#step) || this.#isHeld || this.#unmended !== null; // mended in steps
    return { isPresenterHere, isSubscribed: this.#track !== null, hasFrame };
  }

  async #keepLooking() {
    this.#isLooking = true;
    while (this.#link.isLooping) {
      await this.#look();
      await pause(LOOKS_EVERY_MS);
    }
    this.#isLooking = false;
  }

  /** Name what is missing, do something about it, and cover the picture meanwhile. */
  async #look() {
    const track = this.#track;
    const received = await this.#received();
    if (track !== this.#track) return;
    if (track !== null) this.#judge(received);
    this.#takeStep();
    this.#lookForNeed();
    this.#holdMedia();
    this.#mend();
    this.#coverPicture();
  }

  /** Single pictures are needed while a picture is sent and does not arrive, or is not to. */
  #lookForNeed() {
    const isSent = this.#isPresenterLive && !this.#beats.isPaused && this.#step !== "off";
    const isStill = this.#track !== null && this.#glass.presented > 0 && this.#standstill === "presenter_still";
    const isTold = this.#step === "stills" || this.#isHeld;
    this.#need(this.#stillsNeed.look({ isSent, isStill, isTold, chokes: this.#chokes }, performance.now()));
  }

  /** Whether the presenter is live: by the controller's word, or by what is heard of one whom it calls silent. */
  get #isPresenterLive() {
    if (this.#wanted.presenterPhase !== "silent") return this.#wanted.presenterPhase === "live";
    const lifeAgeMs = Math.min(this.#beats.ageMs(performance.now()), this.#stills.ageMs ?? Infinity);
    return lifeAgeMs < HEARD_WITHIN_MS;
  }

  /** @param {boolean} isNeeded */
  #need(isNeeded) {
    if (isNeeded === this.#stills.areNeeded) return;
    this.#stills.need(isNeeded, this.#glass.lastFrameAt);
    this.#hooks.changed();
  }

  /** @param {import("./receive_stats.js").Received} received */
  #judge({ arrived, checks, bytes, packets, lost, received, decoded }) {
    const { heard: beats, encoded, isPaused } = this.#beats;
    const counts = { beats, encoded, arrived: arrived + checks, bytes, lost, received, decoded, presented: this.#glass.presented };
    const isPresenterHeard = this.#wanted.presenterPhase === "live";
    const circumstances = { isOffline: !navigator.onLine, isPaused, isPresenterHeard, isHeld: this.#isHeld };
    const now = performance.now();
    this.#outages.look(counts.arrived, now);
    this.#letWait(this.#frameWait.look({ packets, lost }, now));
    if (givesFrames(this.#step)) this.#judgeLink(this.#carried.look({ encoded, received, packets, lost }, this.#step, now));
    this.#hold.hear({ bytes: arrived, packets, lost }, now);
    this.#tell(givesFrames(this.#step) ? this.#watch.look(counts, circumstances, now) : null);
  }

  /** @param {Step} carried the most that it was found to carry */
  #judgeLink(carried) {
    this.#chokes = isLower(carried, this.#step);
    this.#steps.look(carried);
  }

  /** @param {number} ms in the jitter buffer, at least */
  #letWait(ms) {
    if (ms === this.#waitMs) return;
    this.#waitMs = ms;
    if (this.#track?.receiver) this.#track.receiver.jitterBufferTarget = ms;
  }

  /** Another track came, or less or more of it: what was counted before says nothing of that. */
  #judgeAnew() {
    this.#carried = new CarriedWatch();
    this.#chokes = false;
  }

  /** @param {import("./standstill.js").Cause | null} cause */
  #tell(cause) {
    if (cause === this.#standstill) return;
    if (cause !== null) this.#unmended = cause === "decoder" || cause === "renderer" ? cause : null;
    this.#standstill = cause;
    this.#hooks.changed();
  }

  /** Take as much of the picture as is to be taken. Where no frames are to come, none is missing. */
  #takeStep() {
    const step = this.#steps.now;
    const publication = this.#publication;
    if (publication?.track) this.#thinning.take(publication, step);
    if (this.#isHeld) this.#askForFrames();
    if (step === this.#step) return;
    if (givesFrames(step) !== givesFrames(this.#step)) {
      this.#watch = new StandstillWatch();
      this.#standstill = this.#unmended = null;
    }
    this.#step = step;
    this.#judgeAnew();
    this.#remedies = new Remedies(); // a lower step is one
    this.#hooks.stepped(step, this.#steps.isOwn);
    this.#hooks.changed();
  }

  /** What is to move and does not arrive is held back for the stills' sake. */
  #holdMedia() {
    const isOfLink = this.#chokes || this.#standstill === "network";
    const mayBeStuck = this.#track !== null && givesFrames(this.#step) && this.#stillsNeed.isNeeded;
    this.#isStuck = mayBeStuck && (this.#isStuck || isOfLink);
    this.#hold.hearStill(this.#stills.arrival);
    const isHeld = this.#hold.look({ isStuck: this.#isStuck, chokes: this.#chokes }, performance.now());
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    this.#judgeAnew();
    this.#remedies = new Remedies(); // holding is one
    this.#lookForNeed();
    this.#askForFrames();
  }

  #askForFrames() {
    this.#publication?.setEnabled(!this.#isHeld && givesFrames(this.#step));
  }

  #mend() {
    const cause = this.#trouble;
    const remedy = this.#track === null || this.#isHeld ? null : this.#remedies.look(cause, performance.now());
    if (remedy === "rejoin") this.#link.stay?.end(`standstill by ${cause}`);
    if (remedy === "resubscribe") void this.#resubscribe(`resubscribed: standstill by ${cause}`);
  }

  /** The media server overlooks a wish that is taken back at once. @param {string} why */
  async #resubscribe(why) {
    const publication = this.#publication;
    if (!publication) return;
    this.#resubscribed++;
    this.#lastRemedy = why;
    publication.setSubscribed(false);
    await pause(UNSUBSCRIBED_MS);
    publication.setSubscribed(true);
  }

  #coverPicture() {
    const hasFrames = this.#track !== null && this.#glass.presented > 0 && isNoTrouble(this.#standstill) && givesFrames(this.#step);
    const hasStill = this.#stills.areShown;
    const seen = { isLive: hasFrames && !hasStill, hasFrame: this.#glass.hasFrame, hasStill };
    const covering = this.#cover.look(seen, performance.now());
    if (covering !== "veil") this.#glass.dropCopy();
    if (covering === this.#covering) return;
    this.#covering = covering;
    this.#hooks.covered(covering);
    this.#hooks.changed();
  }

  /**
   * The first frame after a standstill uncovers the picture at once; a still gives way to a picture that moves.
   * @param {VideoFrameCallbackMetadata} frame
   */
  #frameCame(frame) {
    this.#reception.show(frame);
    this.#unmended = null;
    this.#stillsNeed.frameCame(performance.now());
    this.#need(this.#stillsNeed.isNeeded);
    if (this.#covering === "nothing") return;
    this.#standstill = null;
    this.#coverPicture();
  }

  async #received() {
    return readReceiver(await this.#track?.getRTCStatsReport());
  }

  #lastFrameAgeMs() {
    if (this.#glass.lastFrameAt === null) return null;
    return Math.min(OLDEST_FRAME_MS, Math.max(0, Math.round(performance.now() - this.#glass.lastFrameAt)));
  }

  /** Put the named presenter's screen on the glass, if it is there. */
  #showNamed() {
    const track = this.#namedTrack();
    if (track === this.#track) return;
    if (track === null) return this.#lose();
    this.#track = track;
    this.#watch = new StandstillWatch();
    this.#judgeAnew();
    this.#takeStep();
    this.#before = null;
    if (track.receiver) track.receiver.jitterBufferTarget = this.#waitMs;
    this.#glass.show(track.mediaStreamTrack);
  }

  /** Of the named presenter's screen, where there is one in the room. */
  get #publication() {
    return this.#link.stay?.screenOf(this.#wanted.presenterIdentity ?? "") ?? null;
  }

  #namedTrack() {
    return /** @type {import("livekit-client").RemoteTrack | null} */ (this.#publication?.track ?? null);
  }

  /** The track is gone; its last frame stays for a moment, unless this display may not see it any more. */
  #lose() {
    if (this.#track === null) return;
    this.#track = null;
    this.#before = null;
    if (this.#link.stay?.maySubscribe === false) this.#glass.clear();
    else this.#glass.hold();
    this.#coverPicture();
  }

  /** Nothing of the picture stays: it is another presenter's, or this display may not see it any more. */
  #forget() {
    this.#track = null;
    this.#before = null;
    this.#standstill = this.#unmended = null;
    this.#beats = new Beats();
    this.#stillsNeed = new StillsNeed();
    this.#need(false);
    this.#glass.clear();
    this.#coverPicture();
  }
}
