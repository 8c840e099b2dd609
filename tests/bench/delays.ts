// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const DELAY_MS = 20;
/** A reader that leaves early must not end it. */
const PIPE_LOOP = 'trap "" PIPE; while :; do { sleep 0.02; echo x; } > "$0"; sleep 0.03; done 2> /dev/null';

/** What apps wait for, outside of their process: an HTTP server, a TCP server and a pipe, each of which answers after 20 ms. */
export class Delays implements AsyncDisposable {
  readonly #servers: readonly Server[];
  readonly #writer: ChildProcess;
  readonly #folder: string;

  private constructor(servers: readonly Server[], writer: ChildProcess, folder: string) {
    this.#servers = servers;
    this.#writer = writer;
    this.#folder = folder;
  }

  static async start(): Promise<Delays> {
    const http = createHttpServer((_, response) => void setTimeout(() => response.end("x"), DELAY_MS));
    const tcp = createTcpServer((socket) => {
      socket.on("error", () => {});
      setTimeout(() => socket.write("x"), DELAY_MS);
    });
    for (const server of [http, tcp]) await once(server.listen(0, "127.0.0.1"), "listening");
    const folder = await mkdtemp(join(tmpdir(), "sw-agent-delays-"));
    await promisify(execFile)("mkfifo", [join(folder, "pipe")]);
    const writer = spawn("sh", ["-c", PIPE_LOOP, join(folder, "pipe")], { stdio: "ignore", detached: true });
    return new Delays([http, tcp], writer, folder);
  }

  /** Tells an app where they are. */
  get env(): Record<string, string> {
    const [http, tcp] = this.#servers.map((server) => String((server.address() as AddressInfo).port));
    return { DELAY_PORT: http ?? "", ECHO_PORT: tcp ?? "", FIFO: join(this.#folder, "pipe") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The loop's `sleep` too: it is a group of its own.
    if (this.#writer.pid !== undefined && this.#writer.exitCode === null)
      process.kill(-this.#writer.pid, "SIGKILL");
    for (const server of this.#servers) server.close();
    await rm(this.#folder, { recursive: true });
  }
}
