// SPDX-License-Identifier: Apache-2.0

import process from "node:process";
import { type Command, InvalidArgumentError } from "commander";
import { agentFile } from "./agent_file.ts";
import { passSignals, startApp } from "./app_process.ts";
import { choiceOf, describe, textOf } from "./command_line.ts";
import { planLaunch } from "./launch.ts";

interface Options {
  readonly service?: string;
  readonly instance?: string;
  readonly backend?: string;
  readonly token?: string;
  readonly logLevel?: string;
}

const LEVELS: readonly string[] = ["debug", "info", "warn", "error", "off"];

/** Adds `run`, which starts an app with the agent. */
export function addRunCommand(program: Command): void {
  describe(program.command("run"), "run the app")
    .summary("start an app with the agent, its code unchanged")
    .description(
      "Starts an app with the agent: on Node, Bun or Deno, or by what starts one of them, such as npm.\n" +
        "What no option tells is taken from the environment, as the agent does.",
    )
    .usage("[options] -- <command …>")
    .argument("<command...>")
    .passThroughOptions()
    .option("--service <name>", "the service that the app is", textOf("--service"))
    .option("--instance <name>", "this process among those of the service", textOf("--instance"))
    .option("--backend <host:port,…>", "where the agent reports", addressesOf)
    .option("--token <token>", "what the backend asks for", textOf("--token"))
    .option("--log-level <level>", "debug, info, warn, error or off", choiceOf("--log-level", LEVELS))
    .action(runApp);
}

async function runApp(command: readonly string[], options: Options): Promise<void> {
  const launch = planLaunch(command, agentFile(import.meta.url), process.env);
  for (const note of launch.notes) process.stderr.write(`sw-agent: ${note}\n`);
  const passTo = passSignals();
  const app = await startApp(launch, { env: settingsOf(options), output: "inherit", ownGroup: false });
  passTo(app);
  process.exit(await app.exited);
}

/** The agent's settings, under the names of its own options. */
function settingsOf({ service, instance, backend, token, logLevel }: Options): Record<string, string> {
  return {
    ...(service !== undefined && { SW_AGENT_NAME: service }),
    ...(instance !== undefined && { SW_AGENT_INSTANCE_NAME: instance }),
    ...(backend !== undefined && { SW_AGENT_COLLECTOR_BACKEND_SERVICES: backend }),
    ...(token !== undefined && { SW_AGENT_AUTHENTICATION: token }),
    ...(logLevel !== undefined && { SW_AGENT_LOGGING_LEVEL: logLevel }),
  };
}

function addressesOf(text: string): string {
  for (const address of text.split(",")) {
    const port = Number(/^(?:\[[^\]]+\]|[^:\s]+):(\d{1,5})$/.exec(address.trim())?.[1] ?? Number.NaN);
    if (!(port > 0 && port <= 65535)) throw new InvalidArgumentError(`--backend is "${text}", not host:port`);
  }
  return text;
}
