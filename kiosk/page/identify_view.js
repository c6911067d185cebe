// The display's name over whatever stands on the screen, so that somebody finds it among many. It touches nothing below it.

export class IdentifyView {
  #panel;
  #name;
  #hiding = 0;

  /** @param {HTMLElement} panel @param {HTMLElement} name within it */
  constructor(panel, name) {
    this.#panel = panel;
    this.#name = name;
  }

  get isShown() {
    return !this.#panel.hidden;
  }

  /** @param {string} name @param {number | null} forMs null: not at all */
  show(name, forMs) {
    clearTimeout(this.#hiding);
    this.#panel.hidden = !forMs;
    this.#name.textContent = name;
    if (forMs) this.#hiding = setTimeout(() => (this.#panel.hidden = true), forMs);
  }
}
