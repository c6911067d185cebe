// The session's name, wherever the page says it: somebody may rename it meanwhile.

import { part, setText } from "./dom.js";

export class SessionView {
  #title = part("session-title");
  #link = document.querySelector(".sessions [aria-current]");

  /** @param {string} name */
  show(name) {
    setText(this.#title, name);
    document.title = `${name} · Marquee`;
    if (this.#link instanceof HTMLElement) setText(this.#link, name);
  }
}
