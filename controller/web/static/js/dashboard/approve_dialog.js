// Asks what a display shall be called, where it belongs and what it may count on, and approves it.

import { part, setText } from "./dom.js";

/** @typedef {import("./snapshot.js").Display} Display */
/** @typedef {{session_id: number, role: string, name: string, pairing_code: string}} Approval */
/** @typedef {(display: Display, approval: Approval) => Promise<Display>} Approve */

export class ApproveDialog {
  #dialog = /** @type {HTMLDialogElement} */ (part("approve"));
  #form = /** @type {HTMLFormElement} */ (this.#dialog.querySelector("form"));
  #name = /** @type {HTMLInputElement} */ (part("approve-name"));
  #session = /** @type {HTMLSelectElement} */ (part("approve-session"));
  #problem = part("approve-problem");
  #yes = /** @type {HTMLButtonElement} */ (part("approve-yes"));
  #approve;

  /** @param {Approve} approve */
  constructor(approve) {
    this.#approve = approve;
    part("approve-no").addEventListener("click", () => this.#dialog.close());
  }

  /**
   * Offer to approve a display whose code was typed.
   * @param {Display} display
   * @param {string} code
   * @returns {Promise<Display | null>} the approved display; null when the admin thought better of it
   */
  offer(display, code) {
    this.#form.reset();
    this.#name.value = display.name;
    this.#session.value = String(display.session_id);
    setText(part("approve-machine"), [display.model, display.os, `fingerprint ${display.fingerprint}`].filter(Boolean).join(", "));
    this.#complain("");
    this.#dialog.showModal();
    this.#name.select();
    return this.#answer(display, code);
  }

  /** @param {Display} display @param {string} code @returns {Promise<Display | null>} */
  #answer(display, code) {
    const { promise, resolve } = /** @type {PromiseWithResolvers<Display | null>} */ (Promise.withResolvers());
    const over = new AbortController();
    /** @type {Display | null} */
    let approved = null;
    const submitted = async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      approved = await this.#carryOut(display, code);
      if (approved !== null) this.#dialog.close();
    };
    const closed = () => {
      over.abort();
      resolve(approved);
    };
    this.#form.addEventListener("submit", submitted, { signal: over.signal });
    this.#dialog.addEventListener("close", closed, { signal: over.signal });
    return promise;
  }

  /** @param {Display} display @param {string} code @returns {Promise<Display | null>} null when it was refused */
  async #carryOut(display, code) {
    const chosen = new FormData(this.#form);
    const approval = { session_id: Number(this.#session.value), role: String(chosen.get("role")), name: this.#name.value.trim(), pairing_code: code };
    this.#yes.disabled = true;
    try {
      return await this.#approve(display, approval);
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
