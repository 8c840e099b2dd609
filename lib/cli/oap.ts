// SPDX-License-Identifier: Apache-2.0

import process from "node:process";
import type { Command } from "commander";
import type { Oap } from "../oap/mod.ts";
import { CliError, messageOf } from "./cli_error.ts";
import { countOf, describe, portOf, textOf } from "./command_line.ts";

interface Options {
  readonly host: string;
  readonly grpcPort: number;
  readonly restPort: number;
  readonly token?: string;
  readonly data?: string;
  /** Days. */
  readonly keep?: number;
}

const DAY_MS = 86_400_000;

/** Adds `oap`, which runs the embedded backend until SIGINT or SIGTERM. */
export function addOapCommand(program: Command): void {
  describe(program.command("oap"), "run the backend")
    .summary("run a SkyWalking backend, for development and tests")
    .description("Runs a SkyWalking backend until it is interrupted.")
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
    .option("--data <file>", "an SQLite file that keeps everything; in memory otherwise", textOf("--data"))
    .option("--keep <days>", "how long that file keeps what came (default: 7)", countOf("--keep", 1))
    .action(runOap);
}

async function runOap({ data, keep, ...options }: Options, command: Command): Promise<void> {
  if (keep !== undefined && data === undefined) command.error("--keep has no use without --data");
  const { startOap } = await import("../oap/mod.ts");
  let oap: Oap;
  try {
    oap = await startOap({
      ...options,
      ...(data !== undefined && { dataFile: data }),
      ...(keep !== undefined && { keepMs: keep * DAY_MS }),
      onError: ({ message }) => process.stderr.write(`${message}\n`),
      onFull: (kind, limit) => process.stderr.write(`More than ${limit} ${kind}: the oldest go\n`),
    });
  } catch (error) {
    throw new CliError(`Cannot start the backend: ${messageOf(error)}`);
  }
  const interrupted = interruption();
  const host = oap.host.includes(":") ? `[${oap.host}]` : oap.host;
  const rest = `http://${host}:${oap.restPort}/`;
  process.stdout.write(`grpc=${host}:${oap.grpcPort}\ngraphql=${rest}graphql\npage=${rest}\n`);
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
