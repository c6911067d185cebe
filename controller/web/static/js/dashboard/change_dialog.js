// Gives a display another name or session, or the place of an old display that it replaces.

import { element, part, setText } from "./dom.js";
import { FormDialog } from "./form_dialog.js";

/** @typedef {import("./snapshot.js").Display} Display */
/** @typedef {(display: Display, path: string, body: object) => Promise<Display>} Send */

export class ChangeDialog {
  #dialog = new FormDialog("change");
  #name = /** @type {HTMLInputElement} */ (part("change-name"));
  #session = /** @type {HTMLSelectElement} */ (part("change-session"));
  #replaces = /** @type {HTMLSelectElement} */ (part("change-replaces"));
  #code = /** @type {HTMLInputElement} */ (part("change-code"));
  #send;

  /** @param {Send} send asks the controller; the answer is the display as it is then */
  constructor(send) {
    this.#send = send;
    this.#replaces.addEventListener("change", () => this.#follow());
  }

  /**
   * Ask what to change, and do it.
   * @param {Display} display
   * @param {Display[]} others those it may replace
   * @returns {Promise<string | null>} what became of it; null when the admin thought better of it
   */
  offer(display, others) {
    this.#dialog.form.reset();
    setText(part("change-title"), `Change ${display.name}`);
    this.#name.value = display.name;
    this.#session.value = String(display.session_id);
    this.#replaces.replaceChildren(option("", "no other display"), ...others.map((other) => option(other.display_id, `${other.name} (${other.role})`)));
    this.#follow();
    const alter = this.#altering(display);
    const answer = this.#dialog.open(() => (this.#replaces.value === "" ? alter() : this.#replace(display)));
    this.#name.select();
    return answer;
  }

  /** Name and session are the old display's when it is replaced. */
  #follow() {
    const isReplacing = this.#replaces.value !== "";
    this.#name.disabled = isReplacing;
    this.#session.disabled = isReplacing;
    part("change-replaced").hidden = !isReplacing;
  }

  /** What renames and moves: a name that was given stays given when the move after it is refused. @param {Display} display */
  #altering(display) {
    let now = display;
    return async () => {
      const name = this.#name.value.trim();
      const sessionId = Number(this.#session.value);
      if (name !== now.name) now = await this.#send(now, "rename", { name });
      if (sessionId !== now.session_id) now = await this.#send(now, "move", { to_session_id: sessionId });
      return now.session_id === display.session_id ? `It is called ${now.name}.` : `${now.name} moved.`;
    };
  }

  /** @param {Display} display */
  async #replace(display) {
    const code = this.#code.value.trim();
    const body = { replaces: this.#replaces.value, ...(code === "" ? {} : { pairing_code: code }) };
    const now = await this.#send(display, "replace", body);
    return `It is ${now.name} now; the old display is revoked.`;
  }
}

/** @param {string} value @param {string} text */
function option(value, text) {
  const made = element("option", "", text);
  made.value = value;
  return made;
}
