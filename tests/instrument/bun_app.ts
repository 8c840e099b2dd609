// SPDX-License-Identifier: Apache-2.0
/** A server of `Bun.serve`, with a class for its options as some frameworks have. */
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

class App {
  port = 0;
  hostname = "127.0.0.1";
  #answer = "from a private member";

  routes = {
    "/users/:id": (request: Bun.BunRequest<"/users/:id">) => new Response(`user ${request.params.id}`),
    "/files/*": () => new Response("file"),
    "/static": new Response("static"),
    "/methods": { GET: () => new Response("got"), POST: new Response("static post") },
    "/reload": (_: Request, server: Bun.Server<unknown>) => {
      server.reload({
        routes: { "/reloaded/:id": () => new Response("reloaded route") },
        fetch: () => new Response("reloaded"),
      });
      return new Response("ok");
    },
    "/socket": (request: Request, server: Bun.Server<unknown>) =>
      server.upgrade(request, { data: undefined }) ? undefined : new Response("no socket", { status: 400 }),
  };

  websocket = {
    message(socket: Bun.ServerWebSocket<unknown>, message: string | Buffer) {
      socket.send(`echo ${message}`);
    },
  };

  async fetch(this: Bun.Server<unknown>, request: Request, server: Bun.Server<unknown>): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/this") return new Response(String(this === server));
    if (pathname === "/private") return new Response(app.#answer);
    if (pathname === "/missing") return new Response("", { status: 404 });
    if (pathname === "/reject") throw new RangeError("rejected");
    if (pathname === "/call") return new Response(await (await fetch(searchParams.get("url") ?? "")).text());
    if (pathname === "/echo") return Response.json({ sw8: request.headers.get("sw8") });
    await sleep(pathname === "/abort" ? 100 : 20);
    return new Response("slow");
  }

  async error(error: Error): Promise<Response> {
    await (await fetch(`http://127.0.0.1:${process.env.TEST_PORT}/from-error`)).text();
    return new Response(`handled ${error.message}`, { status: 500 });
  }
}

const app = new App();
const server = Bun.serve(app as unknown as Bun.Serve.Options<unknown>);
process.env.TEST_PORT = String(server.port);
process.stdout.write(`listening ${server.port}\n`);
