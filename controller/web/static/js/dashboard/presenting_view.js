// Who presents.

import { part, setText } from "./dom.js";
import { presentingWords } from "./words.js";

export class PresentingView {
  #line = part("presenting");

  /** @param {import("./snapshot.js").Presenting} presenting */
  show(presenting) {
    this.#line.dataset.phase = presenting.phase;
    setText(this.#line, presentingWords(presenting));
  }
}
