// The lists of displays. A row stays the same element while its display lives, so that a change elsewhere moves nobody's focus.

import { qualityFacts, qualityOf, stepBadges } from "./display_quality.js";
import { badgeElement, element, factElements, part, setText } from "./dom.js";
import { actsOn, commandsOn } from "./snapshot.js";
import { APPROVING, CONFLICT_WORDS, identityFacts, reasonWords, roleBadge, showingBadge, wallFacts } from "./words.js";

/** @typedef {import("./snapshot.js").Display} Display */
/** @typedef {import("./snapshot.js").DisplayList} DisplayList */
/** @typedef {import("./snapshot.js").Act} Act */
/** @typedef {import("./snapshot.js").RequireCode} RequireCode */
/** @typedef {import("./snapshot.js").Quality} Quality */
/** @typedef {(act: Act, display: Display) => Promise<string | null>} CarryOut */

const LISTS = /** @type {const} */ ({ pending: "waiting", approved: "wall", rejected: "away", revoked: "away", conflict: "waiting" });

export class DisplaysView {
  #carryOut;
  #rows = /** @type {Map<string, DisplayRow>} */ (new Map());

  /** @param {CarryOut} carryOut */
  constructor(carryOut) {
    this.#carryOut = carryOut;
  }

  /**
   * @param {DisplayList} list
   * @param {boolean} isPresenting whether somebody presents, so that displays have something to show
   * @param {Quality} quality
   */
  show(list, isPresenting, quality) {
    this.#forget(list.displays);
    for (const display of list.displays) {
      this.#row(display).show(display, isPresenting, qualityOf(display, quality), list.require_pairing_code);
    }
    this.#order(list.displays);
    const waiting = list.displays.filter((display) => LISTS[display.state] === "waiting").length;
    setText(part("waiting-count"), waiting > 0 ? `(${waiting})` : "");
    setText(part("wall-count"), `${list.approved} of ${list.max_displays} places taken`);
    setText(part("waiting-how"), APPROVING[list.require_pairing_code]);
    setText(part("to-waiting"), waiting > 0 ? `${waiting} waiting` : "none waiting");
    setText(part("to-wall"), `${list.approved} on the wall`);
    part("waiting-none").hidden = waiting > 0;
    part("wall-none").hidden = list.approved > 0;
    part("away-section").hidden = part("away").childElementCount === 0;
  }

  /** Show which row is the one somebody stands at; null for none. @param {string | null} displayId */
  pointAt(displayId) {
    for (const [id, row] of this.#rows) row.element.classList.toggle("display--here", id === displayId);
    if (displayId !== null) this.#rows.get(displayId)?.element.focus();
  }

  /** @param {Display} display */
  #row(display) {
    const known = this.#rows.get(display.display_id);
    if (known !== undefined) return known;
    const row = new DisplayRow(this.#carryOut);
    this.#rows.set(display.display_id, row);
    return row;
  }

  /** @param {Display[]} displays */
  #forget(displays) {
    const present = new Set(displays.map((display) => display.display_id));
    for (const [id, row] of this.#rows) {
      if (present.has(id)) continue;
      row.element.remove();
      this.#rows.delete(id);
    }
  }

  /** Rows in the order they came; an element that stands right is not touched. @param {Display[]} displays */
  #order(displays) {
    const places = new Map();
    for (const display of displays) {
      const list = part(LISTS[display.state]);
      const place = places.get(list) ?? 0;
      places.set(list, place + 1);
      const row = this.#row(display).element;
      if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
    }
  }
}

class DisplayRow {
  element = element("li", "display");
  #carryOut;
  #name = element("span", "name");
  #badges = element("span", "badges");
  #facts = element("dl", "facts");
  #acts = element("div", "acts");
  #result = element("p", "result quiet");
  #shown = "";
  #actsShown = "";
  /** As it was shown last, which is what an act is about. @type {Display | null} */
  #display = null;

  /** @param {CarryOut} carryOut */
  constructor(carryOut) {
    this.#carryOut = carryOut;
    const who = element("div", "who");
    who.append(this.#name, this.#badges);
    this.#result.setAttribute("role", "status");
    this.element.tabIndex = -1;
    this.element.append(who, this.#facts, this.#acts, this.#result);
  }

  /** @param {Display} display @param {boolean} isPresenting @param {import("./display_quality.js").DisplayQuality} quality @param {RequireCode} requireCode */
  show(display, isPresenting, quality, requireCode) {
    this.#display = display;
    this.element.dataset.displayId = display.display_id;
    this.element.dataset.state = display.state;
    setText(this.#name, display.name);
    const badges = [...badgesOf(display, isPresenting), ...stepBadges(quality)];
    const facts = display.state === "approved" ? [...qualityFacts(quality), ...wallFacts(display)] : identityFacts(display);
    const shown = JSON.stringify([badges, facts]);
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#badges.replaceChildren(...badges.map(badgeElement));
      this.#facts.replaceChildren(...factElements(facts));
    }
    this.#showActs(display, requireCode);
  }

  /** Buttons change only with state, role, name and setting. @param {Display} display @param {RequireCode} requireCode */
  #showActs(display, requireCode) {
    const commands = commandsOn(display);
    const shown = `${display.state} ${display.role} ${display.name} ${requireCode} ${commands.length}`;
    if (shown === this.#actsShown) return;
    this.#actsShown = shown;
    this.#acts.replaceChildren(...actsOn(display, requireCode).map((act) => this.#button(act, display)));
    if (commands.length > 0) this.#acts.append(this.#menu(commands, display));
    if (display.state === "pending") this.#say(reasonWords(display), "plain");
    if (display.state === "conflict") this.#say(CONFLICT_WORDS, "trouble");
  }

  /** What is rarely wanted, behind one word. @param {Act[]} commands @param {Display} display */
  #menu(commands, display) {
    const menu = element("details", "menu");
    const word = element("summary", "button button--plain", "More…");
    word.setAttribute("aria-label", `More: ${display.name}`);
    const buttons = element("div", "menu-acts");
    buttons.append(...commands.map((act) => this.#button(act, display)));
    menu.append(word, buttons);
    menu.addEventListener("click", ({ target }) => target instanceof HTMLButtonElement && (menu.open = false));
    return menu;
  }

  /** @param {Act} act @param {Display} display */
  #button(act, display) {
    const button = element("button", `button button--${act.weight}`, act.label);
    button.type = "button";
    button.setAttribute("aria-label", `${act.label}: ${display.name}`);
    button.addEventListener("click", () => void this.#perform(act));
    return button;
  }

  /** @param {Act} act */
  async #perform(act) {
    if (this.#display === null) return;
    this.#enable(false);
    try {
      const result = await this.#carryOut(act, this.#display);
      if (result !== null) this.#say(result, "good");
    } catch (error) {
      this.#say(`${act.label} failed: ${error instanceof Error ? error.message : error}`, "trouble");
    } finally {
      this.#enable(true);
    }
  }

  /** @param {boolean} isEnabled */
  #enable(isEnabled) {
    for (const button of this.#acts.querySelectorAll("button")) button.disabled = !isEnabled;
  }

  /** @param {string} text @param {"plain" | "good" | "trouble"} tone */
  #say(text, tone) {
    this.#result.className = tone === "plain" ? "result quiet" : `result notice notice--${tone}`;
    setText(this.#result, text);
  }
}

/** @param {Display} display @param {boolean} isPresenting */
function badgesOf(display, isPresenting) {
  if (display.state === "pending") return [];
  if (display.state === "conflict") return [{ text: "✕ two machines", tone: /** @type {const} */ ("trouble") }];
  if (display.state !== "approved") return [{ text: display.state, tone: /** @type {const} */ ("plain") }];
  return [roleBadge(display), showingBadge(display, isPresenting)];
}
