// The button, the state, the preview.

import { TakeOverView } from "./take_over_view.js";
import { phaseWords, senderWords } from "./words.js";

/** @typedef {import("./presentation.js").Snapshot} Snapshot */

const TICK_MS = 500;

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class ShareView {
  #snapshot;
  #takeOver;
  #shownCapture = /** @type {MediaStreamTrack | null} */ (null);

  /**
   * @param {Snapshot} snapshot
   * @param {{share: () => void, stop: () => void, takeOver: (rival: import("./presentation.js").Rival) => void}} acts
   */
  constructor(snapshot, acts) {
    this.#snapshot = snapshot;
    part("share").addEventListener("click", acts.share);
    part("stop").addEventListener("click", acts.stop);
    this.#takeOver = new TakeOverView(acts.takeOver);
    setInterval(() => this.#showState(), TICK_MS);
  }

  /** @param {Snapshot} snapshot */
  show(snapshot) {
    this.#snapshot = snapshot;
    this.#showState();
    const isSharing = snapshot.capture !== null;
    const isChoosing = snapshot.phase === "choosing";
    part("share").hidden = isSharing;
    /** @type {HTMLButtonElement} */ (part("share")).disabled = isChoosing;
    part("stop").hidden = !isSharing;
    /** @type {HTMLSelectElement} */ (part("session")).disabled = isSharing || isChoosing;
    this.showProblem([snapshot.problem, snapshot.notice].filter(Boolean).join(" ") || null);
    setText(part("facts"), senderWords(snapshot.sender));
    this.#takeOver.show(snapshot.rival);
    this.#showPreview(snapshot.capture);
  }

  /** @param {string | null} problem */
  showProblem(problem) {
    setText(part("problem"), problem);
  }

  #showState() {
    const { phase, liveSince } = this.#snapshot;
    const state = part("state");
    state.dataset.phase = phase;
    setText(state, phaseWords(phase, liveSince === null ? null : Date.now() - liveSince));
  }

  /** @param {MediaStreamTrack | null} capture */
  #showPreview(capture) {
    if (capture === this.#shownCapture) return;
    this.#shownCapture = capture;
    const video = /** @type {HTMLVideoElement} */ (part("preview"));
    part("preview-frame").hidden = capture === null;
    video.srcObject = capture === null ? null : new MediaStream([capture]);
    if (capture !== null) video.play().catch((error) => console.warn(`no preview: ${error.message}`));
  }
}

/** @param {HTMLElement} element @param {string | null} text */
function setText(element, text) {
  element.hidden = text === null;
  if (element.textContent !== text) element.textContent = text;
}
