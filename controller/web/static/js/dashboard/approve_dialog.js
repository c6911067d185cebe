// Asks what a display shall be called, where it belongs and what it may count on, and approves it.

import { factElements, part } from "./dom.js";
import { FormDialog } from "./form_dialog.js";
import { identityFacts } from "./words.js";

/** @typedef {import("./snapshot.js").Display} Display */
/** @typedef {{session_id: number, role: string, name: string, pairing_code: string}} Approval */
/** @typedef {(display: Display, approval: Approval) => Promise<Display>} Approve */

export class ApproveDialog {
  #dialog = new FormDialog("approve");
  #name = /** @type {HTMLInputElement} */ (part("approve-name"));
  #session = /** @type {HTMLSelectElement} */ (part("approve-session"));
  #approve;

  /** @param {Approve} approve */
  constructor(approve) {
    this.#approve = approve;
  }

  /**
   * Offer to approve a display whose code was typed.
   * @param {Display} display
   * @param {string} code
   * @returns {Promise<Display | null>} the approved display; null when the admin thought better of it
   */
  offer(display, code) {
    this.#dialog.form.reset();
    this.#name.value = display.name;
    this.#session.value = String(display.session_id);
    part("approve-facts").replaceChildren(...factElements(identityFacts(display)));
    const answer = this.#dialog.open(() => this.#approve(display, this.#chosen(code)));
    this.#name.select();
    return answer;
  }

  /** @param {string} code @returns {Approval} */
  #chosen(code) {
    return {
      session_id: Number(this.#session.value),
      role: String(new FormData(this.#dialog.form).get("role")),
      name: this.#name.value.trim(),
      pairing_code: code,
    };
  }
}
