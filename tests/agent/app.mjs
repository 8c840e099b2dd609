// SPDX-License-Identifier: Apache-2.0
/**
 * An app that knows nothing of the agent, in JavaScript because Node 20 runs it too. With the argument `once` it
 * asks itself for one slow answer and has then nothing left to do.
 */
import { createServer, get } from "node:http";

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function loadOrder() {
  await sleep(60);
}

async function answerSlowly() {
  await loadOrder();
  return "slow";
}

const server = createServer(async (request, response) => {
  const [path] = request.url.split("?");
  if (path === "/eval") {
    // For what a test wants to know about this process.
    const code = new URL(request.url, "http://localhost").searchParams.get("code");
    response.end(JSON.stringify((await Function(`return (async () => ${code})()`)()) ?? null));
    return;
  }
  if (path === "/call") await call("/fast");
  response.end(path === "/slow" ? await answerSlowly() : "fast");
});

/** Asks this very server, by the function that was imported by its name. */
function call(path) {
  const { port } = server.address();
  return new Promise((resolve) => {
    get({ port, host: "127.0.0.1", path, agent: false }, (response) => response.resume().on("end", resolve));
  });
}

server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  process.stdout.write(`listening ${port}\n`);
  if (process.argv[2] !== "once") return;
  process.exitCode = 5;
  call("/slow").then(() => {
    server.close();
    server.closeAllConnections();
  });
});
