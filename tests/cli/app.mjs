// SPDX-License-Identifier: Apache-2.0
/**
 * An app that knows nothing of the agent, in JavaScript because Node 20 runs it too. It tells its arguments, serves
 * until SIGTERM, on which it ends with 7, or until `GET /exit/<code>`.
 */
import { createServer } from "node:http";
import process from "node:process";

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function loadOrder() {
  await sleep(60);
}

const server = createServer(async (request, response) => {
  if (request.url.startsWith("/exit/")) {
    response.end("", () => process.exit(Number(request.url.slice("/exit/".length))));
    return;
  }
  if (request.url === "/slow") await loadOrder();
  response.end("done");
});

process.on("SIGTERM", () => {
  process.stdout.write("told SIGTERM\n");
  process.exit(7);
});

server.listen(0, "127.0.0.1", () => {
  const { BUN_JSC_useTailCalls: tailCalls = "unset" } = process.env;
  process.stdout.write(`arguments ${JSON.stringify(process.argv.slice(2))}\n`);
  process.stdout.write(`tail calls ${tailCalls}\n`);
  process.stdout.write(`listening ${server.address().port}\n`);
});
