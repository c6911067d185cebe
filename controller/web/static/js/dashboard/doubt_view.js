// The state store came back older, empty or as another one: says so, and lets an admin accept it.

import { confirmAct } from "./confirm.js";
import { part, setText } from "./dom.js";

/** @typedef {import("./snapshot.js").Doubt} Doubt */

const QUESTION = {
  title: "Accept the state as it is?",
  text: "Whatever was decided since that copy is lost: a display that was revoked may be approved again, an account that was removed may be back. If there is a newer copy, restore that instead.",
  yes: "Accept it",
};

export class DoubtView {
  #notice = part("doubt");
  #button = /** @type {HTMLButtonElement} */ (part("doubt-accept"));
  #accept;
  /** @type {string | null} */
  #head = null;

  /** @param {(head: string) => Promise<unknown>} accept */
  constructor(accept) {
    this.#accept = accept;
    this.#button.addEventListener("click", () => void this.#carryOut());
  }

  /** @param {Doubt | null} doubt */
  show(doubt) {
    this.#head = doubt?.head ?? null;
    this.#notice.hidden = doubt === null;
    if (doubt !== null) setText(part("doubt-text"), sentence(doubt.message));
  }

  async #carryOut() {
    const head = this.#head;
    if (head === null || !(await confirmAct(QUESTION, null))) return;
    this.#button.disabled = true;
    try {
      await this.#accept(head);
      this.show(null);
    } catch (error) {
      setText(part("doubt-text"), error instanceof Error ? error.message : String(error));
    } finally {
      this.#button.disabled = false;
    }
  }
}

/** @param {string} message of the controller, which puts no capital before it and no full stop after it */
export function sentence(message) {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}
