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
