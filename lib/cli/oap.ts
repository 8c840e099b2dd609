// SPDX-License-Identifier: Apache-2.0

import process from "node:process";
import { parseArgs } from "node:util";
import { type Oap, startOap } from "../oap/mod.ts";

const USAGE = `Usage: sw-agent oap [options]

Runs a SkyWalking backend in memory until it is interrupted.

  --grpc-port <port>   where agents report by gRPC; 0 picks a free port (11800)
  --rest-port <port>   where queries come, and agents without HTTP/2; 0 picks a free port (12800)
  --host <address>     the address to listen on (127.0.0.1)
  --token <token>      what agents must send as "authentication"
  --help
`;

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

interface Arguments {
  readonly host: string;
  readonly grpcPort: number;
  readonly restPort: number;
  readonly token: string | undefined;
}

/** Runs the embedded backend until SIGINT or SIGTERM. Resolves to the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let args: Arguments | undefined;
  try {
    args = readArguments(argv);
  } catch (error) {
    process.stderr.write(`Cannot run the backend: ${messageOf(error)}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
  if (args === undefined) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { token, ...rest } = args;
  let oap: Oap;
  try {
    oap = await startOap({
      ...rest,
      ...(token !== undefined && { token }),
      onFull: (kind, limit) => process.stderr.write(`More than ${limit} ${kind}: the oldest go\n`),
    });
  } catch (error) {
    process.stderr.write(`Cannot start the backend: ${messageOf(error)}\n`);
    return EXIT_FAILED;
  }
  const interrupted = interruption();
  const host = args.host.includes(":") ? `[${args.host}]` : args.host;
  process.stdout.write(`grpc=${host}:${oap.grpcPort}\ngraphql=http://${host}:${oap.restPort}/graphql\n`);
  await interrupted;
  await oap.close();
  return 0;
}

/** The arguments, or `undefined` if help is asked for. */
function readArguments(argv: readonly string[]): Arguments | undefined {
  const { values } = parseArgs({
    args: [...argv],
    strict: true,
    options: {
      "grpc-port": { type: "string", default: "11800" },
      "rest-port": { type: "string", default: "12800" },
      host: { type: "string", default: "127.0.0.1" },
      token: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  if (values.host === "") throw new RangeError("--host is empty");
  if (values.token === "") throw new RangeError("--token is empty");
  return {
    host: values.host,
    grpcPort: portOf("--grpc-port", values["grpc-port"]),
    restPort: portOf("--rest-port", values["rest-port"]),
    token: values.token,
  };
}

function portOf(option: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65535)) throw new RangeError(`${option} is "${text}", not a port from 0 to 65535`);
  return port;
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
