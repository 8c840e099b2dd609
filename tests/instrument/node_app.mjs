// SPDX-License-Identifier: Apache-2.0
/** A server of `node:http`, in JavaScript because Node 20 runs it too. */
import http, { createServer, get, request } from "node:http";
import { createRequire } from "node:module";

const agent = globalThis.agentUnderTest;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends with whatever function of `node:http` it is given, and gives status and body. */
const send = (how, ...args) =>
  new Promise((resolve, reject) => {
    const sent = how(...args, (answer) => {
      let body = "";
      answer.on("data", (chunk) => (body += chunk));
      answer.on("end", () => resolve(`${answer.statusCode} ${body}`));
    });
    sent.on("error", reject);
    sent.end();
  });

const calls = {
  "named get": (url) => send(get, url),
  "named request": (url) => send(request, url, { method: "POST", headers: { a: "b" } }),
  "default get": (url) => send(http.get, url),
  "default request": (url) => send(http.request, new URL(url)),
  "required request": (url) => send(createRequire(import.meta.url)("http").request, url),
  "own agent": (url) => send(get, url, { agent: new http.Agent({ keepAlive: true }) }),
  "no agent": (url) => send(get, url, { agent: false }),
  "other host header": (url) => send(get, url, { headers: { Host: "shop.example" } }),
  "array headers": (url) => send(get, url, { headers: ["a", "b", "host", "shop.example"] }),
  fetch: async (url) => text(await fetch(url)),
  "fetch URL": async (url) =>
    text(await fetch(new URL(url), { method: "post", body: "x", headers: [["a", "b"]] })),
  "fetch Request": async (url) =>
    text(await fetch(new Request(url, { method: "PUT", body: "x", headers: { a: "b" } }))),
  "fetch with Request as options": async (url) => {
    const options = new Request("http://127.0.0.1:1/", { method: "PUT", body: "x", headers: { a: "b" } });
    return text(await fetch(url, options));
  },
};

async function text(response) {
  return `${response.status} ${await response.text()}`;
}

let onUncaught;
process.on("uncaughtException", (error) => onUncaught?.(error));

const routes = {
  "/ok": (_, response) => response.end("ok"),
  "/slow": async (_, response) => {
    await sleep(20);
    response.writeHead(201);
    response.write("slow");
    response.end();
  },
  "/echo": (received, response) => {
    const { sw8, "sw8-correlation": correlation, a } = received.headers;
    response.end(JSON.stringify({ method: received.method, sw8, correlation, a }));
  },
  "/missing": (_, response) => response.writeHead(404).end(),
  "/broken": (_, response) => response.writeHead(500).end(),
  "/throw": (_, response) => {
    onUncaught = (error) => {
      response.statusCode = 503;
      // The exception went through Node's parser, which then reads no more from this connection.
      response.setHeader("connection", "close");
      response.end(error.message);
    };
    throw new RangeError("boom");
  },
  "/hang": (_, response) => response.write("never ends"),
  "/call": async (_, response, query) => {
    agent.put("user", "7");
    response.end(await calls[query.get("how")](query.get("url")));
  },
  "/concurrent": async (_, response, query) => {
    await sleep(Math.random() * 10);
    await send(get, `${query.get("url")}/${query.get("n")}`);
    await sleep(Math.random() * 10);
    await fetch(`${query.get("url")}/${query.get("n")}/again`);
    response.end();
  },
  "/refused": async (_, response, query) => {
    const failures = await Promise.all([
      send(get, "http://127.0.0.1:1/closed").catch(({ code }) => code),
      // Port 1 is refused by `fetch` itself.
      fetch(query.get("closed")).catch(({ name }) => name),
    ]);
    response.end(failures.join());
  },
  "/aborts": async (_, response, query) => {
    const sent = get(`${query.get("url")}/hang`, (answer) => answer.on("error", () => {}));
    sent.on("error", () => {});
    await sleep(20);
    const before = get("http://127.0.0.1:1/");
    before.on("error", () => {});
    before.destroy();
    sent.destroy();
    await fetch(`${query.get("url")}/never`, { signal: AbortSignal.timeout(30) }).catch(() => {});
    response.end();
  },
  "/never": () => {},
  "/not-traced": async (_, response, query) => {
    const answers = await agent.untraced(() =>
      Promise.all([send(get, query.get("url")), fetch(query.get("url")).then(text)]),
    );
    response.end(JSON.stringify(answers));
  },
  "/internal/health": async (_, response, query) => response.end(await send(get, query.get("url"))),
  "/data": async (_, response) => response.end(await (await fetch("data:text/plain,inline")).text()),
  "/unhandled": async (_, response, query) => {
    const unhandled = new Promise((resolve) => process.once("unhandledRejection", resolve));
    fetch(query.get("closed"));
    response.end(`unhandled ${(await unhandled).name}`);
  },
  "/late": async (_, response, query) => {
    response.end();
    await sleep(20);
    await send(get, query.get("url"));
  },
  "/undo": (_, response) => {
    agent.undo();
    response.end(String(http.Server.prototype.emit.name));
  },
};

const server = createServer((received, response) => {
  const { pathname, searchParams } = new URL(received.url, "http://localhost");
  const route = routes[pathname] ?? routes["/echo"];
  return route(received, response, searchParams);
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`listening ${server.address().port}\n`));
