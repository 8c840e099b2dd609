// SPDX-License-Identifier: Apache-2.0
/** Waits for answers on connections that it opened at its start, as a client of a database does. */
import { createServer } from "node:http";
import { connect, createServer as createEcho, type Socket } from "node:net";
import process from "node:process";

const DELAY_MS = 30;

/** Answers late, and in another context than whoever asks. */
const echo = createEcho((socket) => {
  socket.on("data", (data) => setTimeout(() => socket.write(data), DELAY_MS));
});

function opened(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket));
  });
}

echo.listen(0, "127.0.0.1", async () => {
  const address = echo.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const flowing = await opened(port);
  const paused = await opened(port);
  const settle: (() => void)[] = [];
  flowing.on("data", () => settle.shift()?.());
  paused.on("readable", () => {
    if (paused.read() !== null) settle.shift()?.();
  });

  async function data(): Promise<void> {
    flowing.write("?");
    await new Promise<void>((resolve) => settle.push(resolve));
  }

  async function readable(): Promise<void> {
    paused.write("?");
    const answer = new Promise<void>((resolve) => settle.push(resolve));
    await answer;
  }

  /** It awaits a promise of its own after an answer was read, but not for it. */
  async function timer(): Promise<void> {
    await data();
    await new Promise<void>((resolve) => void setTimeout(resolve, DELAY_MS));
  }

  const server = createServer(async (_, response) => {
    await data();
    await readable();
    await timer();
    response.end("{}");
  });
  server.listen(0, "127.0.0.1", () => {
    const own = server.address();
    process.stdout.write(`listening ${typeof own === "object" && own?.port}\n`);
  });
});
