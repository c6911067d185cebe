// The box for an admin who stands at a screen: they type the code on it.

import { part, setText } from "./dom.js";

export class PairingView {
  #form = /** @type {HTMLFormElement} */ (part("pairing"));
  #code = /** @type {HTMLInputElement} */ (part("pairing-code"));
  #result = part("pairing-result");
  #find;

  /** @param {(code: string) => Promise<string>} find looks for the display with a code; what became of it, in words */
  constructor(find) {
    this.#find = find;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#look(this.#code.value.trim());
    });
    this.#enable(true);
  }

  /** @param {string} code */
  async #look(code) {
    this.#enable(false);
    this.#say("", "quiet");
    try {
      this.#say(await this.#find(code), "quiet");
      this.#form.reset();
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error), "notice notice--trouble");
    } finally {
      this.#enable(true);
    }
  }

  /** @param {boolean} isEnabled */
  #enable(isEnabled) {
    for (const button of this.#form.querySelectorAll("button")) button.disabled = !isEnabled;
  }

  /** @param {string} text @param {string} look */
  #say(text, look) {
    this.#result.className = look;
    setText(this.#result, text);
  }
}
