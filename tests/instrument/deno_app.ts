// SPDX-License-Identifier: Apache-2.0
/** Servers of `Deno.serve`, one for each form of the call. */
interface Server {
  readonly addr: { readonly port: number };
}
interface Options {
  port?: number;
  hostname?: string;
  onListen?: () => void;
  onError?: (error: unknown) => Response | Promise<Response>;
  handler?: Handler;
}
type Handler = (request: Request, info: { remoteAddr: { hostname: string } }) => Response | Promise<Response>;
interface DenoLike {
  serve(handler: Handler): Server;
  serve(options: Options, handler?: Handler): Server;
}
const deno: DenoLike = Reflect.get(globalThis, "Deno");

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const quiet = { port: 0, hostname: "127.0.0.1", onListen: () => {} };

const handler: Handler = async (request, info) => {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/info") return new Response(info.remoteAddr.hostname);
  if (pathname === "/missing") return new Response("", { status: 404 });
  if (pathname === "/reject") throw new RangeError("rejected");
  if (pathname === "/call") return new Response(await (await fetch(searchParams.get("url") ?? "")).text());
  if (pathname === "/echo") return Response.json({ sw8: request.headers.get("sw8") });
  if (pathname === "/ports") return Response.json(ports);
  await sleep(20);
  return new Response("slow");
};

class App implements Options {
  port = 0;
  hostname = "127.0.0.1";
  onListen(): void {}
  handler(): Response {
    return new Response("from a class");
  }
}

const main = deno.serve(
  {
    ...quiet,
    onError: async (error) => {
      await (await fetch(`http://127.0.0.1:${main.addr.port}/from-error`)).text();
      return new Response(`handled ${(error as Error).message}`, { status: 500 });
    },
  },
  handler,
);
const ports: number[] = [
  deno.serve({ ...quiet, handler: () => new Response("in options") }).addr.port,
  deno.serve(new App()).addr.port,
];
// biome-ignore lint/suspicious/noConsole: the program's output
console.log(`listening ${main.addr.port}`);
