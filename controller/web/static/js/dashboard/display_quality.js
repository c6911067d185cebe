// What the quality guard gives one display, and how old its picture is.

import { STEP_WORDS } from "/present/js/quality_words.js";

/** @typedef {import("./snapshot.js").QualityStep} QualityStep */
/** @typedef {{step: QualityStep | undefined, delayMs: number | undefined}} DisplayQuality undefined: the whole picture; not known */

/** @param {import("./snapshot.js").Display} display @param {import("./snapshot.js").Quality} quality @returns {DisplayQuality} */
export function qualityOf({ display_id: id }, { steps, delays }) {
  return { step: steps.find((one) => one.display_id === id), delayMs: delays.find((one) => one.display_id === id)?.delay_ms };
}

/** That it is given less than the whole picture. @param {DisplayQuality} quality @returns {import("./words.js").Badge[]} */
export function stepBadges({ step }) {
  if (step === undefined) return [];
  return [{ text: step.suspended === null ? STEP_WORDS[step.step] : "✕ suspended", tone: "warning" }];
}

/** Why it is, and the delay. @param {DisplayQuality} quality @returns {[string, string][]} */
export function qualityFacts({ step, delayMs }) {
  /** @type {[string, string][]} */
  const facts = step === undefined ? [] : [["Why", step.suspended ?? step.reason]];
  if (delayMs !== undefined) facts.push(["Delay", `about ${delayMs} ms`]);
  return facts;
}
