// Runs a script in a page by its DevTools address and prints what came of it as JSON. The script comes on standard input.

import { text } from "node:stream/consumers";

const socket = new WebSocket(process.argv[2]);
const expression = await text(process.stdin);
socket.onopen = () => {
  const params = { expression, awaitPromise: true, returnByValue: true };
  socket.send(JSON.stringify({ id: 1, method: "Runtime.evaluate", params }));
};
socket.onerror = () => {
  console.error("DevTools did not answer");
  process.exit(1);
};
socket.onmessage = ({ data }) => {
  const { result } = JSON.parse(data);
  console.log(JSON.stringify(result.result.value ?? null));
  if (result.exceptionDetails) console.error(result.exceptionDetails.exception?.description);
  process.exit(result.exceptionDetails ? 1 : 0);
};
