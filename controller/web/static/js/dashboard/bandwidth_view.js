// Today's bytes against the thresholds.

import { badgeElement, factElements, part, setText } from "./dom.js";
import { budgetBadge, gigabytes } from "./words.js";

export class BandwidthView {
  #badge = "";

  /** @param {import("./snapshot.js").Bandwidth} bandwidth */
  show(bandwidth) {
    setText(part("bandwidth-used"), gigabytes(bandwidth.used_bytes));
    setText(part("bandwidth-message"), bandwidth.message);
    const badge = budgetBadge(bandwidth);
    if (badge.text !== this.#badge) {
      this.#badge = badge.text;
      part("bandwidth-state").replaceChildren(badgeElement(badge));
    }
    part("bandwidth-facts").replaceChildren(
      ...factElements([
        ["Received", gigabytes(bandwidth.received_bytes)],
        ["Sent", gigabytes(bandwidth.sent_bytes)],
        ["Warning", gigabytes(bandwidth.warn_bytes)],
        ["Critical", gigabytes(bandwidth.critical_bytes)],
        ["Budget", gigabytes(bandwidth.budget_bytes)],
      ]),
    );
  }
}
