// A real HTTP server on a free port that answers JSON and keeps what it was asked.

import { once } from "node:events";
import { createServer } from "node:http";

/** @typedef {{method: string, url: string, headers: import("node:http").IncomingHttpHeaders, body: any}} Asked */
/** @typedef {{status?: number, body?: unknown, text?: string, headers?: Record<string, string>} | null | "silence"} Answer */

/**
 * @param {import("node:test").TestContext} context ends the server
 * @param {(asked: Asked) => Answer | Promise<Answer>} answer null: the connection is cut; "silence": nothing comes
 */
export async function serveJson(context, answer) {
  const asked = /** @type {Asked[]} */ ([]);
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    const text = Buffer.concat(chunks).toString();
    const { method, url, headers } = request;
    const isPicture = headers["content-type"]?.startsWith("image/");
    asked.push({ method, url, headers, body: text === "" ? null : isPicture ? text : JSON.parse(text) });
    const said = await answer(asked.at(-1));
    if (said === "silence") return;
    if (said === null) return request.socket.destroy();
    response.writeHead(said.status ?? 200, { "Content-Type": "application/json", Connection: "close", ...said.headers });
    response.end(said.text ?? JSON.stringify(said.body ?? {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { origin: `http://127.0.0.1:${server.address().port}`, asked };
}
