// Lets the forms of the pages about people ask the controller: each form names method and path, and says what to ask first.

import { ask } from "/present/js/controller_api.js";
import { confirmAct } from "../dashboard/confirm.js";
import { bodyOf } from "./form_body.js";
import { showOnce } from "./shown_once.js";

for (const form of document.querySelectorAll("form")) {
  if (form.dataset.path === undefined) continue;
  submitButton(form).disabled = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(form);
  });
}

/** @param {HTMLFormElement} form */
async function submit(form) {
  const { method, path, confirm, yes, done } = form.dataset;
  const button = submitButton(form);
  const words = (button.textContent ?? "").trim();
  if (confirm && !(await confirmAct({ title: `${words}?`, text: confirm, yes: yes ?? words }, null))) return;
  button.disabled = true;
  try {
    const fields = /** @type {Iterable<import("./form_body.js").Field>} */ (/** @type {unknown} */ (form.elements));
    const answer = await ask(/** @type {"POST"} */ (method), path ?? "", bodyOf([...fields].filter((field) => "value" in field)));
    const shown = shownOnce(answer);
    if (shown !== null) await showOnce(shown.title, shown.secret);
    if (done === undefined) return location.reload();
    form.reset();
    tell(form, done, "good");
  } catch (error) {
    tell(form, error instanceof Error ? error.message : String(error), "trouble");
  }
  button.disabled = false;
}

/** What stands in an answer that the controller will not say again. @param {Record<string, string>} answer */
function shownOnce(answer) {
  if (answer.variables !== undefined) return { title: `For the installer: ${answer.label}`, secret: answer.variables };
  if (answer.key !== undefined) return { title: `API key ${answer.label}`, secret: answer.key };
  return answer.password === undefined ? null : { title: `Password of ${answer.name}`, secret: answer.password };
}

/** Asleep until this script is there. @param {HTMLFormElement} form */
function submitButton(form) {
  return /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
}

/** @param {HTMLFormElement} form @param {string} words @param {"good" | "trouble"} tone */
function tell(form, words, tone) {
  const result = /** @type {HTMLElement} */ (form.querySelector(".result"));
  result.hidden = false;
  result.dataset.tone = tone;
  result.textContent = words.charAt(0).toUpperCase() + words.slice(1);
}
