// SPDX-License-Identifier: Apache-2.0

import process from "node:process";
import type { Command } from "commander";
import type { Oap } from "../oap/mod.ts";
import { CliError, messageOf } from "./cli_error.ts";
import { describe, portOf, textOf } from "./command_line.ts";

interface Options {
  readonly host: string;
  readonly grpcPort: number;
  readonly restPort: number;
  readonly token?: string;
}

/** Adds `oap`, which runs the embedded backend until SIGINT or SIGTERM. */
export function addOapCommand(program: Command): void {
  describe(program.command("oap"), "run the backend")
    .summary("run a SkyWalking backend in memory, for development and tests")
    .description("Runs a SkyWalking backend in memory until it is interrupted.")
    .option(
      "--grpc-port <port>",
      "where agents report by gRPC; 0 picks a free port",
      portOf("--grpc-port"),
      11800,
    )
    .option(
      "--rest-port <port>",
      "where queries come, and agents without HTTP/2; 0 picks a free port",
      portOf("--rest-port"),
      12800,
    )
    .option("--host <address>", "the address to listen on", textOf("--host"), "127.0.0.1")
    .option("--token <token>", 'what agents must send as "authentication"', textOf("--token"))
    .action(runOap);
}

async function runOap(options: Options): Promise<void> {
  const { startOap } = await import("../oap/mod.ts");
  let oap: Oap;
  try {
    oap = await startOap({
      ...options,
      onFull: (kind, limit) => process.stderr.write(`More than ${limit} ${kind}: the oldest go\n`),
    });
  } catch (error) {
    throw new CliError(`Cannot start the backend: ${messageOf(error)}`);
  }
  const interrupted = interruption();
  const host = oap.host.includes(":") ? `[${oap.host}]` : oap.host;
  process.stdout.write(`grpc=${host}:${oap.grpcPort}\ngraphql=http://${host}:${oap.restPort}/graphql\n`);
  await interrupted;
  await oap.close();
}

/** Resolves at the first signal; a second one then ends the program as usual. */
function interruption(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      process.removeListener("SIGINT", stop);
      process.removeListener("SIGTERM", stop);
      resolve();
    };
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
  });
}
