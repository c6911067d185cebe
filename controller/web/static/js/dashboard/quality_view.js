// What the quality guard holds in force, what it wants looked at, and what it changed last.

import { alarmWords, areLowered, limitsWords } from "/present/js/quality_words.js";
import { element, factElements, part } from "./dom.js";
import { timeWords } from "./words.js";

/** @typedef {import("./snapshot.js").Quality} Quality */
/** @typedef {import("./snapshot.js").QualityChange} QualityChange */

export class QualityView {
  #shown = "";

  /** @param {Quality} quality */
  show(quality) {
    const shown = JSON.stringify(quality);
    if (shown === this.#shown) return; // screen readers announce every change
    this.#shown = shown;
    const alarms = quality.alarms.map((alarm) => element("p", "", `▲ ${alarmWords(alarm, "The presenter")}`));
    part("quality-alarms").hidden = alarms.length === 0;
    part("quality-alarms").replaceChildren(...alarms);
    part("quality-facts").replaceChildren(...factElements(qualityFacts(quality)));
    part("quality-none").hidden = quality.changes.length > 0;
    part("quality-log").hidden = quality.changes.length === 0;
    part("quality-changes").replaceChildren(...quality.changes.map(row));
  }
}

/** What the presenter may send, and why. @param {Quality} quality @returns {[string, string][]} */
export function qualityFacts(quality) {
  /** @type {[string, string][]} */
  const facts = [["The presenter sends", `at most ${limitsWords(quality.limits)}`]];
  if (areLowered(quality.limits)) facts.push(["Because", quality.limits_reason]);
  facts.push(["Never lowered below", limitsWords(quality.floor)]);
  return facts;
}

/** @param {QualityChange} change */
function row(change) {
  const made = document.createElement("tr");
  const whose = change.display_id === null ? "presenter" : (change.display_name ?? "a former display");
  made.append(element("td", "", timeWords(new Date(change.at))), element("th", "", whose), element("td", "", change.what), element("td", "why", change.why));
  made.querySelector("th")?.setAttribute("scope", "row");
  return made;
}
