// What the day's bandwidth budget asks of displays: says so, and lets an admin lift it for the day, or take that back.

import { confirmAct } from "./confirm.js";
import { part, setText } from "./dom.js";

/** @typedef {import("./snapshot.js").Bandwidth} Bandwidth */
/** @typedef {"POST" | "DELETE"} Method POST lifts, DELETE takes it back */

const QUESTION = {
  title: "Lift the bandwidth budget for today?",
  text: "Every approved display joins and shows in full until midnight, whatever it costs. It stands in the audit log under your name.",
  yes: "Lift it",
};

export class BudgetView {
  #notice = part("budget");
  #button = /** @type {HTMLButtonElement} */ (part("budget-lift"));
  #ask;
  #date = "";
  #isLifted = false;

  /** @param {(method: Method, date: string) => Promise<Bandwidth>} ask the controller; its answer is how the bandwidth is now */
  constructor(ask) {
    this.#ask = ask;
    this.#button.addEventListener("click", () => void this.#carryOut());
  }

  /** @param {Bandwidth} bandwidth */
  show({ date, budget }) {
    this.#date = date;
    this.#isLifted = budget.lifted_by !== null;
    const words = budgetWords(budget);
    this.#notice.hidden = words === "";
    this.#notice.className = `notice notice--${budget.state === "warn" || budget.state === "ok" ? "warning" : "trouble"}`;
    setText(part("budget-text"), words);
    this.#button.hidden = budget.state === "ok" || budget.state === "warn";
    setText(this.#button, this.#isLifted ? "Keep the budget again" : "Lift the budget for today…");
  }

  async #carryOut() {
    const [date, isLifted] = [this.#date, this.#isLifted];
    if (!isLifted && !(await confirmAct(QUESTION, null))) return;
    this.#button.disabled = true;
    setText(part("budget-result"), "");
    try {
      this.show(await this.#ask(isLifted ? "DELETE" : "POST", date));
    } catch (error) {
      setText(part("budget-result"), error instanceof Error ? error.message : String(error));
    } finally {
      this.#button.disabled = false;
    }
  }
}

/** What is done, by whose word it is not, and what is to be known beforehand. @param {import("./snapshot.js").Budget} budget */
export function budgetWords({ notice, foretold }) {
  return [notice, foretold].filter((text) => text !== null).join(" ");
}
