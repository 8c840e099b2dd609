// SPDX-License-Identifier: Apache-2.0
/** Servers that answer whatever they are asked late, as far as a client of Bun's needs to be answered. */
import { createServer, type Server, type Socket } from "node:net";

/** Where one listens. */
export interface SlowServer extends Disposable {
  readonly port: number;
}

/** Speaks RESP, as Redis does: to `GET key` it answers `key`. */
export function slowRedis(delayMs: number): Promise<SlowServer> {
  return listening(
    createServer((socket) => {
      let input = "";
      socket.on("data", (data) => {
        input += String(data);
        for (let command = parseResp(input); command; command = parseResp(input)) {
          input = input.slice(command.length);
          const [name = "", key = ""] = command.words;
          if (name.toUpperCase() === "GET") later(socket, delayMs, `$${key.length}\r\n${key}\r\n`);
          else socket.write(name.toUpperCase() === "HELLO" ? "%1\r\n+proto\r\n:3\r\n" : "+OK\r\n");
        }
      });
    }),
  );
}

/** The first array of bulk strings, and how long it is, if it is there whole. */
function parseResp(input: string): { words: string[]; length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(input);
  if (!head) return undefined;
  const words: string[] = [];
  let at = head[0].length;
  for (let i = 0; i < Number(head[1]); i++) {
    const bulk = /^\$(\d+)\r\n/.exec(input.slice(at));
    if (!bulk) return undefined;
    const from = at + bulk[0].length;
    at = from + Number(bulk[1]) + 2;
    if (input.length < at) return undefined;
    words.push(input.slice(from, at - 2));
  }
  return { words, length: at };
}

/** Speaks PostgreSQL's protocol 3: every query gives one row of one text column. */
export function slowPostgres(delayMs: number): Promise<SlowServer> {
  const column = Buffer.concat([Buffer.from("value\0"), Buffer.alloc(18)]);
  column.writeInt32BE(TEXT_OID, 12);
  const description = message("T", Buffer.concat([int16(1), column]));
  const row = Buffer.concat([
    message("D", Buffer.concat([int16(1), Buffer.from([0, 0, 0, 1]), Buffer.from("1")])),
    message("C", Buffer.from("SELECT 1\0")),
  ]);
  const ready = message("Z", Buffer.from("I"));
  const answers: Readonly<Record<string, Buffer>> = {
    "": message("R", Buffer.alloc(4)), // start-up: no password is asked for
    Q: Buffer.concat([description, row]),
    P: message("1"),
    D: Buffer.concat([message("t", int16(0)), description]),
    B: message("2"),
    E: row,
  };
  return listening(
    createServer((socket) => {
      let input = Buffer.alloc(0);
      let output = Buffer.alloc(0);
      let isStarted = false;
      socket.on("data", (data) => {
        input = Buffer.concat([input, Buffer.from(data)]);
        for (;;) {
          const kind = isStarted ? 1 : 0;
          if (input.length < kind + 4) return;
          const length = kind + input.readInt32BE(kind);
          if (input.length < length) return;
          const type = isStarted ? String.fromCharCode(input[0] ?? 0) : "";
          input = input.subarray(length);
          isStarted = true;
          output = Buffer.concat([output, answers[type] ?? Buffer.alloc(0)]);
          // A query in one message, or the end of one in several.
          if (type !== "Q" && type !== "S" && type !== "") continue;
          later(socket, delayMs, Buffer.concat([output, ready]));
          output = Buffer.alloc(0);
        }
      });
    }),
  );
}

const TEXT_OID = 25;

function message(type: string, body: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function later(socket: Socket, delayMs: number, answer: string | Buffer): void {
  setTimeout(() => socket.writable && socket.write(answer), delayMs);
}

function listening(server: Server): Promise<SlowServer> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve({
        port: typeof address === "object" && address ? address.port : 0,
        [Symbol.dispose]() {
          server.close();
          for (const socket of sockets) socket.destroy();
        },
      });
    });
  });
}
