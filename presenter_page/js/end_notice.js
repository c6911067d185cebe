// What stands on a page that the controller tells no more: why, and where to go.

/** @typedef {import("./controller_api.js").Refusal} Refusal */

/** @param {Refusal} refusal @returns {(string | HTMLAnchorElement)[]} */
export function endNotice(refusal) {
  if (refusal.code === "sign_in") return ["Signed out: ", link(`/login?next=${encodeURIComponent(location.pathname + location.search)}`, "sign in again"), "."];
  return [`${capitalized(refusal.message)}. `, link("/", "To the start")];
}

/** @param {string} text */
function capitalized(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** @param {string} address @param {string} text */
function link(address, text) {
  const made = document.createElement("a");
  made.href = address;
  made.textContent = text;
  return made;
}
