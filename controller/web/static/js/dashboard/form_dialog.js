// A dialog with a form. It stays open, saying why, while what it asks for is refused.

import { part, setText } from "./dom.js";

export class FormDialog {
  form;
  #dialog;
  #problem;
  #yes;

  /** @param {string} name the dialog's id, and the beginning of those of its parts: -problem, -no, -yes */
  constructor(name) {
    this.#dialog = /** @type {HTMLDialogElement} */ (part(name));
    this.form = /** @type {HTMLFormElement} */ (this.#dialog.querySelector("form"));
    this.#problem = part(`${name}-problem`);
    this.#yes = /** @type {HTMLButtonElement} */ (part(`${name}-yes`));
    part(`${name}-no`).addEventListener("click", () => this.#dialog.close());
  }

  /**
   * Show the form, and carry out what it asks for when it is sent.
   * @template T
   * @param {() => Promise<T>} carryOut
   * @returns {Promise<T | null>} what came of it; null when the admin thought better of it
   */
  open(carryOut) {
    const { promise, resolve } = /** @type {PromiseWithResolvers<T | null>} */ (Promise.withResolvers());
    const over = new AbortController();
    /** @type {T | null} */
    let result = null;
    const submitted = async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      result = await this.#attempt(carryOut);
      if (result !== null) this.#dialog.close();
    };
    const closed = () => {
      over.abort();
      resolve(result);
    };
    this.form.addEventListener("submit", submitted, { signal: over.signal });
    this.#dialog.addEventListener("close", closed, { signal: over.signal });
    this.#complain("");
    this.#dialog.showModal();
    return promise;
  }

  /** @template T @param {() => Promise<T>} carryOut @returns {Promise<T | null>} null when it was refused */
  async #attempt(carryOut) {
    this.#yes.disabled = true;
    try {
      return await carryOut();
    } catch (error) {
      this.#complain(error instanceof Error ? error.message : String(error));
      return null;
    } finally {
      this.#yes.disabled = false;
    }
  }

  /** @param {string} text */
  #complain(text) {
    this.#problem.hidden = text === "";
    setText(this.#problem, text);
  }
}
