// Asks the media server for as much of a track as a step gives. It costs nobody else anything: the track has three layers of time.

/** @typedef {import("./agent_link.js").Step} Step */
/** @typedef {import("livekit-client").RemoteTrackPublication} Publication */

/** Any rate that the base layer has is enough; none at all would be taken for no wish. */
const BASE_FPS = 1;
const ALL_FPS = 1000;

export class Thinning {
  #thinned = /** @type {WeakSet<Publication>} */ (new WeakSet());
  #track = /** @type {object | undefined} */ (undefined);
  #step = /** @type {Step} */ ("full");

  /** @param {Publication} publication whose track has come @param {Step} step */
  take(publication, step) {
    const isFresh = publication.track !== this.#track;
    if (!isFresh && step === this.#step) return;
    this.#track = publication.track;
    this.#step = step;
    if (step === "full" && !this.#thinned.has(publication)) return;
    this.#thinned.add(publication);
    const fps = step === "base" ? BASE_FPS : ALL_FPS;
    // the SDK tells only what is new to it, though the media server may have forgotten it with the track of before
    if (isFresh) publication.setVideoFPS(fps === BASE_FPS ? ALL_FPS : BASE_FPS);
    publication.setEnabled(givesFrames(step));
    publication.setVideoFPS(fps);
  }
}

/** Whether a step is a moving picture. @param {Step} step */
export function givesFrames(step) {
  return step === "full" || step === "base";
}
