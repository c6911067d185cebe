// The button that puts everybody out of the room.

import { confirmAct } from "./confirm.js";
import { part, setText } from "./dom.js";

/** @typedef {{room: string, is_ended: boolean}} LockedRoom */

const QUESTION = {
  title: "Lock the room?",
  text: "Everybody leaves it at once, and nobody comes back with a token of before. Approved displays and the presenter return by themselves within seconds.",
  yes: "Lock the room",
};

export class LockView {
  #button = /** @type {HTMLButtonElement} */ (part("lock-room"));
  #result = part("lock-result");
  #name;
  #lock;

  /**
   * @param {string} name the session's
   * @param {() => Promise<LockedRoom>} lock
   */
  constructor(name, lock) {
    this.#name = name;
    this.#lock = lock;
    this.#button.addEventListener("click", () => void this.#carryOut());
    this.#button.disabled = false;
  }

  async #carryOut() {
    if (!(await confirmAct(QUESTION, this.#name))) return;
    this.#button.disabled = true;
    try {
      const locked = await this.#lock();
      this.#say(lockedWords(locked), locked.is_ended ? "notice" : "notice notice--warning");
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error), "notice notice--trouble");
    } finally {
      this.#button.disabled = false;
    }
  }

  /** @param {string} text @param {string} look */
  #say(text, look) {
    this.#result.className = look;
    this.#result.hidden = false;
    setText(this.#result, text);
  }
}

/** @param {LockedRoom} locked */
export function lockedWords({ room, is_ended: isEnded }) {
  if (isEnded) return `Locked. Everybody is out, and the room is ${room} now.`;
  return `The room is ${room} now, but the media server does not answer: the old room ends as soon as it does.`;
}
