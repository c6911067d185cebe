// Small pieces of page, built from text and never from markup.

/** @typedef {import("./words.js").Badge} Badge */

/** @param {string} id */
export function part(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} name the class
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name !== "") made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Change a text only when it differs: screen readers announce every change. @param {HTMLElement} target @param {string} text */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** @param {Badge} badge */
export function badgeElement(badge) {
  const made = element("span", "badge", badge.text);
  made.dataset.tone = badge.tone;
  return made;
}

/** @param {[string, string][]} facts */
export function factElements(facts) {
  return facts.map(([name, text]) => {
    const pair = element("div", "");
    pair.append(element("dt", "", name), element("dd", name === "Fingerprint" ? "mono" : "", text));
    return pair;
  });
}
