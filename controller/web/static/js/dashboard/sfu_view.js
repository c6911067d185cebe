// The media server as the steward saw it last.

import { badgeElement, element, factElements, part } from "./dom.js";
import { momentWords, tracksWords } from "./words.js";

/** @typedef {import("./snapshot.js").Sfu} Sfu */
/** @typedef {import("./snapshot.js").Participant} Participant */

export class SfuView {
  #shown = "";

  /** @param {Sfu} sfu */
  show(sfu) {
    const shown = JSON.stringify({ ...sfu, observed_at: null });
    if (shown === this.#shown) return;
    this.#shown = shown;
    const badge = badgeElement(sfu.up ? { text: "● up", tone: "good" } : { text: "✕ down", tone: "trouble" });
    part("sfu-state").replaceChildren(badge, ` ${sfu.message}`);
    part("sfu-facts").replaceChildren(
      ...factElements([
        ["Version", sfu.version ?? "known once somebody is in the room"],
        ["Address", sfu.url],
        ["Room", sfu.room || "not known"],
      ]),
    );
    part("participants").replaceChildren(...(sfu.participants.length > 0 ? sfu.participants.map(row) : [emptyRow()]));
  }
}

/** @param {Participant} participant */
function row(participant) {
  const made = element("tr", "");
  const since = participant.joined_at === null ? "" : momentWords(participant.joined_at);
  for (const text of [participant.name || participant.identity, participant.kind, since, tracksWords(participant.tracks)]) {
    made.append(element("td", "", text));
  }
  return made;
}

function emptyRow() {
  const made = element("tr", "");
  const cell = element("td", "quiet", "Nobody.");
  cell.colSpan = 4;
  made.append(cell);
  return made;
}
