// SPDX-License-Identifier: Apache-2.0
/** Starts the agent in unusual ways; prints one JSON line. `start.test.ts` runs it. */
const [way, api] = process.argv.slice(2);
const load = () => import(api);
const serviceName = "shop";

const WAYS = {
  async twice() {
    const { startAgent } = await load();
    const agent = startAgent({ serviceName, collectorBackendServices: ["127.0.0.1:1"], loggingLevel: "off" });
    const again = startAgent({ serviceName: "other" });
    const before = agent.isRunning;
    await Promise.all([agent.shutdown(), agent.shutdown()]);
    await again.shutdown();
    return { same: agent === again, before, after: agent.isRunning };
  },
  async muteBackend() {
    const { startAgent } = await load();
    const { createServer } = process.getBuiltinModule("node:net");
    const mute = createServer((socket) => socket.on("error", () => {}).unref());
    await new Promise((resolve) => mute.listen(0, "127.0.0.1", resolve));
    mute.unref();
    const backend = `127.0.0.1:${mute.address().port}`;
    const agent = startAgent({ serviceName, collectorBackendServices: [backend], loggingLevel: "warn" });
    const app = process.getBuiltinModule("node:http").createServer((_request, response) => response.end());
    await new Promise((resolve) => app.listen(0, "127.0.0.1", resolve));
    await (await fetch(`http://127.0.0.1:${app.address().port}/`)).text();
    app.closeAllConnections();
    await new Promise((resolve) => app.close(resolve));
    await agent.shutdown();
    return "ended";
  },
  async unknownOption() {
    const { startAgent } = await load();
    try {
      startAgent({ servceName: serviceName });
      return "started";
    } catch (error) {
      return `${error.name}: ${error.message}`;
    }
  },
  async fromEnvironment() {
    const { startAgent } = await load();
    return startAgent().isRunning;
  },
  async oldNode() {
    process.getBuiltinModule = undefined;
    const { startAgent } = await load();
    return startAgent().isRunning;
  },
  async strangeRuntime() {
    for (const name of ["Bun", "Deno"]) Reflect.deleteProperty(globalThis, name);
    Object.defineProperty(process, "versions", { value: {} });
    const { startAgent } = await load();
    return startAgent().isRunning;
  },
};

process.stdout.write(`${JSON.stringify(await WAYS[way]())}\n`);
