// Asks before something is done that a wall would notice.

import { part, setText } from "./dom.js";

/**
 * @param {import("./snapshot.js").Confirm} confirm
 * @param {string | null} name the display's; null: the title says all
 * @returns {Promise<boolean>}
 */
export function confirmAct(confirm, name) {
  const dialog = /** @type {HTMLDialogElement} */ (part("confirm"));
  setText(part("confirm-title"), name === null ? confirm.title : `${confirm.title} (${name})`);
  setText(part("confirm-text"), confirm.text);
  setText(part("confirm-yes"), confirm.yes);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
