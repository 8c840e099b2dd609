// SPDX-License-Identifier: Apache-2.0
/** An app that knows nothing of the agent: `/relay?to=URL` asks that URL and passes on what it says. */

import { createServer } from "node:http";

const server = createServer(async (request, response) => {
  const to = new URL(request.url ?? "/", "http://localhost").searchParams.get("to");
  const text = to === null ? "here" : await (await fetch(to)).text();
  response.end(text);
});

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  // biome-ignore lint/suspicious/noConsole: the address is the app's output
  console.log(`listening ${typeof address === "object" ? address?.port : address}`);
});
