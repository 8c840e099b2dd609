// SPDX-License-Identifier: Apache-2.0

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { BackendClient } from "../support/backend_client.ts";
import { ROOT } from "../support/spawn.ts";

/** What starts the real backend; it stands beside the repository unless `SW_OAP_START` says where. */
const START = resolve(process.env.SW_OAP_START ?? join(ROOT, "../shared/oap/start"));
const MAKE_CERTS = join(START, "../make-certs");

/** How to start a backend. */
export interface RealOapOptions {
  readonly token?: string;
  /** A folder of {@link makeCertificates}. */
  readonly tlsDir?: string;
  /** Asks clients for a certificate. */
  readonly mutual?: boolean;
}

/** A real backend that runs. */
export interface RealOap extends AsyncDisposable {
  /** `host:port` for agents. */
  readonly grpc: string;
  readonly client: BackendClient;
  /** What it wrote to its log. */
  log(): string;
}

/** Why no real backend can be started here, or `undefined` if one can. */
export function missing(): string | undefined {
  if (!existsSync(START)) {
    return `there is no ${START}; SW_OAP_START names what starts a SkyWalking OAP`;
  }
  const absent = ["java", "mvn", "curl", "openssl"].filter((tool) => Bun.which(tool) === null);
  return absent.length === 0 ? undefined : `${absent.join(", ")} missing`;
}

/**
 * Starts a real backend on free ports. From then on this process is in its time zone: one where it is about noon. The
 * backend (10.1.0 on H2) has a table for each day. In its first minutes it has none for the day before or after, and of
 * a time range that is shorter than a day it only ever reads the tables of the day where it starts: a quarter of an hour
 * after midnight it tells agents of no task.
 *
 * @throws {Error} with what it says, if it does not come up
 */
export async function startRealOap(options: RealOapOptions = {}): Promise<RealOap> {
  const reason = missing();
  if (reason !== undefined) throw new Error(`Cannot start the real backend: ${reason}`);
  process.env.TZ = noonZone(Date.now());
  const [grpcPort, restPort] = await freePorts();
  const folder = mkdtempSync(join(tmpdir(), "sw-agent-real-oap-"));
  const log = join(folder, "oap.log");
  const args = ["--grpc-port", String(grpcPort), "--rest-port", String(restPort), "--log", log];
  if (options.token !== undefined) args.push("--token", options.token);
  if (options.tlsDir !== undefined) args.push("--tls-dir", options.tlsDir);
  if (options.mutual) args.push("--mutual");
  const printed = await output(START, args);
  const value = (name: string) => new RegExp(`^${name}=(.+)$`, "m").exec(printed)?.[1] ?? "";
  const pid = Number(value("pid"));
  const kill = () => {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself.
    }
  };
  process.once("exit", kill);
  return {
    grpc: value("grpc"),
    client: new BackendClient(value("graphql")),
    log: () => readFileSync(log, "utf8"),
    async [Symbol.asyncDispose]() {
      process.removeListener("exit", kill);
      kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Writes a certificate authority, and a server's and a client's certificate that it signed, to a new folder. */
export function makeCertificates(): string {
  const folder = mkdtempSync(join(tmpdir(), "sw-agent-certs-"));
  const { status, stderr } = spawnSync(MAKE_CERTS, [folder], { encoding: "utf8" });
  if (status !== 0) throw new Error(`Cannot make certificates: ${stderr}`);
  return folder;
}

/** What a program prints to its end. The backend goes on without it, and must not hold its output open. */
async function output(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { env: process.env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((done) => child.once("close", done));
  if (code !== 0) throw new Error(`Cannot start the real backend: ${stderr || `exit code ${code}`}`);
  return stdout;
}

/** The time zone, whole hours from UTC, in which it is between 12 and 13 o'clock. */
function noonZone(now: number): string {
  const west = new Date(now).getUTCHours() - 12;
  // POSIX counts what is west of Greenwich as positive.
  return `Etc/GMT${west < 0 ? "" : "+"}${west}`;
}

/** Two ports nobody listens on now. */
async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((done) => {
          server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            done(typeof address === "object" && address !== null ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return [ports[0] ?? 0, ports[1] ?? 0];
}
