// The controller's event stream about the wall. EventSource reconnects by itself; silence is told.

const SILENT_AFTER_MS = 35_000;

/**
 * @param {number} sessionId
 * @param {{status: (status: import("./words.js").WallStatus) => void, silent: () => void}} hooks
 * @returns {() => void} ends it
 */
export function followWall(sessionId, hooks) {
  const events = new EventSource(`/api/presenter/v1/events?session_id=${sessionId}`);
  let silence = setTimeout(hooks.silent, SILENT_AFTER_MS);
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(hooks.silent, SILENT_AFTER_MS);
  };
  events.addEventListener("ping", heard);
  events.addEventListener("status", (event) => {
    heard();
    hooks.status(JSON.parse(event.data));
  });
  events.addEventListener("error", () => events.readyState === EventSource.CLOSED && hooks.silent());
  return () => {
    clearTimeout(silence);
    events.close();
  };
}
