// The mark in the corner of a moving picture that is less than all of it; of single ones, theirs says so (still_mark.js).

/** @typedef {import("./agent_link.js").Step} Step */

const WORDS = { full: "", base: "Fewer pictures a second", stills: "", off: "" };

export class StepMark {
  #mark;

  /** @param {HTMLElement} mark */
  constructor(mark) {
    this.#mark = mark;
  }

  /** @param {Step} step @param {boolean} isOwn whether this display took it by itself */
  show(step, isOwn) {
    const words = WORDS[step];
    this.#mark.hidden = words === "";
    this.#mark.textContent = isOwn ? `Weak link · ${words}` : words;
  }
}
