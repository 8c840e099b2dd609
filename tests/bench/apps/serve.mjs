// SPDX-License-Identifier: Apache-2.0
/**
 * Serves `routes`, each a function from the query to an answer in JSON, on the runtime's own server, and prints
 * `listening PORT`. Plain JavaScript, as Node 20 runs no TypeScript.
 */
import { createServer } from "node:http";
import process from "node:process";

const HOSTNAME = "127.0.0.1";

export function serve(routes) {
  const answer = async (url) => {
    const { pathname, searchParams } = new URL(url, "http://localhost");
    const route = routes[pathname];
    return route ? JSON.stringify((await route(searchParams)) ?? null) : undefined;
  };
  const respond = async (request) => {
    const body = await answer(request.url);
    return new Response(body ?? null, { status: body === undefined ? 404 : 200 });
  };
  if (globalThis.Bun) {
    listening(globalThis.Bun.serve({ port: 0, hostname: HOSTNAME, idleTimeout: 0, fetch: respond }).port);
  } else if (globalThis.Deno) {
    globalThis.Deno.serve({ port: 0, hostname: HOSTNAME, onListen: ({ port }) => listening(port) }, respond);
  } else {
    const server = createServer((request, response) => {
      answer(request.url).then((body) => {
        response.statusCode = body === undefined ? 404 : 200;
        response.end(body);
      });
    });
    server.listen(0, HOSTNAME, () => listening(server.address().port));
  }
}

function listening(port) {
  process.stdout.write(`listening ${port}\n`);
}

/** Keeps the thread busy for `ms` milliseconds. */
export function spin(ms) {
  const until = performance.now() + ms;
  let x = 1;
  while (performance.now() < until) for (let i = 0; i < 300; i++) x = (x * 31 + i) | 0;
  return x;
}
