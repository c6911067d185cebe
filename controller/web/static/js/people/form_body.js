// What a form of the pages about people says, as the message that the controller reads (wire/people.py).

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} type
 * @property {string} value
 * @property {boolean} [checked]
 */

/**
 * Empty names are left out; numbers are numbers; ticked sessions are a list, or null where all are.
 * @param {Iterable<Field>} fields
 * @returns {Record<string, unknown>}
 */
export function bodyOf(fields) {
  /** @type {Record<string, unknown>} */
  const body = {};
  /** @type {number[]} */
  const sessions = [];
  for (const field of fields) {
    if (field.name === "sessions" && field.checked) sessions.push(Number(field.value));
    if (field.name === "all_sessions") body.sessions = field.checked ? null : sessions;
    if (field.name === "" || field.type === "checkbox") continue;
    body[field.name] = field.type === "number" || field.name === "session_id" ? Number(field.value) : field.value;
  }
  return body;
}
