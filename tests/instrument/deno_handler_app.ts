// SPDX-License-Identifier: Apache-2.0
/** The shortest form: Deno then takes the address from the environment. */
interface DenoLike {
  serve(handler: () => Response): { readonly addr: { readonly port: number } };
}
const deno: DenoLike = Reflect.get(globalThis, "Deno");
const { addr } = deno.serve(() => new Response("only a handler"));
setTimeout(() => {
  // biome-ignore lint/suspicious/noConsole: the program's output
  console.log(`listening ${addr.port}`);
}, 50);
