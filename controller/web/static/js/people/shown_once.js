// Shows a secret that the controller will not say again, until the admin has it.

import { part, setText } from "../dashboard/dom.js";

/**
 * @param {string} title
 * @param {string} secret
 * @returns {Promise<void>} when it was closed
 */
export function showOnce(title, secret) {
  const dialog = /** @type {HTMLDialogElement} */ (part("shown"));
  setText(part("shown-title"), title);
  setText(part("shown-secret"), secret);
  const copy = /** @type {HTMLButtonElement} */ (part("shown-copy"));
  copy.onclick = () => copySecret(copy, secret);
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener(
      "close",
      () => {
        setText(part("shown-secret"), "");
        resolve();
      },
      { once: true },
    ),
  );
}

/** A page without https may not write to the clipboard; the text can be selected. @param {HTMLElement} copy @param {string} secret */
async function copySecret(copy, secret) {
  try {
    await navigator.clipboard.writeText(secret);
    setText(copy, "Copied");
  } catch {
    setText(copy, "Select it and copy by hand");
  }
}
