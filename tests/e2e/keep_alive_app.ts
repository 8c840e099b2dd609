// SPDX-License-Identifier: Apache-2.0
/** An app of short requests: `GET /work` burns and waits 15 ms each. */

function burn(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

async function work(): Promise<string> {
  burn(15);
  await new Promise((resolve) => setTimeout(resolve, 15));
  return "done";
}

interface Globals {
  Bun?: { serve(options: object): { port: number } };
  Deno?: { serve(options: object, handler: () => Promise<Response>): unknown };
}

function listening(port: number): void {
  // biome-ignore lint/suspicious/noConsole: the address is the app's output
  console.log(`listening ${port}`);
}

const { Bun, Deno } = globalThis as Globals;
const hostname = "127.0.0.1";
const respond = async (): Promise<Response> => new Response(await work());
if (Bun) listening(Bun.serve({ port: 0, hostname, fetch: respond }).port);
else if (Deno) {
  Deno.serve({ port: 0, hostname, onListen: (at: { port: number }) => listening(at.port) }, respond);
} else {
  const { createServer } = await import("node:http");
  const server = createServer(async (_, response) => void response.end(await work()));
  server.listen(0, hostname, () => listening((server.address() as { port: number }).port));
}
