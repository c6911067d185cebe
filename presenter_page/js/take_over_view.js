// Taking the session over from whoever presents: offered by name, and asked again before it is done.

/** @typedef {import("./presentation.js").Rival} Rival */

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class TakeOverView {
  #rival = /** @type {Rival | null} */ (null);
  #dialog = /** @type {HTMLDialogElement} */ (part("take-over-dialog"));

  /** @param {(rival: Rival) => void} takeOver */
  constructor(takeOver) {
    part("take-over").addEventListener("click", () => this.#ask());
    // from the click itself: a browser lets nobody choose a screen without one
    part("take-over-yes").addEventListener("click", () => this.#rival !== null && takeOver(this.#rival));
  }

  /** @param {Rival | null} rival */
  show(rival) {
    this.#rival = rival;
    part("take-over").hidden = rival === null;
    if (rival === null) return;
    part("take-over").textContent = `Take over from ${rival.holder}`;
    part("take-over-title").textContent = `Take over from ${rival.holder}?`;
  }

  #ask() {
    this.#dialog.showModal();
  }
}
