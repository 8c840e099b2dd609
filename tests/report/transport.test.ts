// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { AsyncLocalStorage } from "node:async_hooks";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { Code } from "@connectrpc/connect";
import { CallError, type CallOutcome } from "../../lib/report/call_error.ts";
import { createProfileClient, type ProfileClient } from "../../lib/report/profile_client.ts";
import type { TransportOptions } from "../../lib/report/transport.ts";
import { CERTIFICATE } from "../support/certificate.ts";
import { startCollector } from "../support/fake_collector.ts";
import { clock, deadAddress, IDENTITY, listenMute, openTransport, snapshotsOf, timers } from "./support.ts";

function open(
  addresses: string | readonly string[],
  options: Partial<TransportOptions> = {},
): ProfileClient & Disposable {
  const transport = openTransport(addresses, options);
  return {
    ...createProfileClient(transport, IDENTITY, { clock, timers }),
    [Symbol.dispose]: transport.close,
  };
}

/** What a call failed with. */
async function failureOf(call: Promise<unknown>): Promise<CallError> {
  const error = await call.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof CallError)) throw new Error(`Cannot tell the failure: it is ${error}`);
  return error;
}

async function outcomeOf(call: Promise<unknown>): Promise<CallOutcome | "sent"> {
  return await call.then(
    () => "sent",
    () => failureOf(call).then(({ outcome }) => outcome),
  );
}

describe.each(["grpc", "connect"] as const)("by %s, the transport", (protocol) => {
  test("makes calls, and leaves no connection open when it is closed", async () => {
    await using collector = await startCollector({ protocol });
    {
      using client = open(collector.address, { protocol });
      await client.reportTaskFinish("task-1");
      await client.reportTaskFinish("task-2");
    }
    expect(collector.finishedTasks).toEqual(["task-1", "task-2"]);
    await collector.close();
  });

  test("sends the token; without the right one a call is refused unread, and the connection kept", async () => {
    await using collector = await startCollector({ protocol, token: "secret" });
    using good = open(collector.address, { protocol, token: "secret" });
    using bad = open(collector.address, { protocol, token: "guess" });
    using none = open(collector.address, { protocol });
    expect(await outcomeOf(good.reportTaskFinish("task-1"))).toBe("sent");
    for (const client of [bad, none]) {
      const { outcome, isAnswer, message } = await failureOf(client.reportTaskFinish("task-2"));
      expect({ outcome, isAnswer }).toEqual({ outcome: "unsent", isAnswer: true });
      expect(message).toContain("the token is wrong");
    }
    expect(collector.finishedTasks).toEqual(["task-1"]);
    if (protocol === "grpc") {
      await failureOf(bad.reportTaskFinish("task-2"));
      expect(collector.connections).toBe(3);
    }
  });

  test("says that a call was not sent where nobody listens, and reaches who listens there later", async () => {
    await using early = await startCollector({ protocol });
    const { port, address } = early;
    await early.kill();
    using client = open(address, { protocol });
    const { outcome, message } = await failureOf(client.reportTaskFinish("task-1"));
    expect(outcome).toBe("unsent");
    expect(message).toStartWith(`${address}: `);
    await using collector = await startCollector({ protocol, port });
    await client.reportTaskFinish("task-2");
    expect(collector.finishedTasks).toEqual(["task-2"]);
  });

  test("reconnects after the backend was killed and started again", async () => {
    await using first = await startCollector({ protocol });
    using client = open(first.address, { protocol });
    await client.reportTaskFinish("task-1");
    await first.kill();
    expect(await outcomeOf(client.reportTaskFinish("task-2"))).not.toBe("sent");
    await using second = await startCollector({ protocol, port: first.port });
    await client.reportTaskFinish("task-3");
    expect(second.finishedTasks).toEqual(["task-3"]);
  });

  test("does not know whether a call arrived that the backend dies on", async () => {
    await using collector = await startCollector({ protocol });
    using client = open(collector.address, { protocol });
    collector.hold("reportTaskFinish");
    const call = client.reportTaskFinish("task-1");
    const outcome = outcomeOf(call);
    await collector.until(({ finishedTasks }) => finishedTasks.length === 1);
    await collector.kill();
    expect(await outcome).toBe("unknown");
  });

  test("ends a call that is not answered in time, and the next one connects anew", async () => {
    await using collector = await startCollector({ protocol });
    using client = open(collector.address, { protocol, timeoutMs: 300 });
    const { release } = collector.hold("reportTaskFinish");
    expect(await outcomeOf(client.reportTaskFinish("task-1"))).toBe("unknown");
    release();
    expect(await outcomeOf(client.reportTaskFinish("task-2"))).toBe("sent");
    expect(collector.connections).toBe(2);
  });

  test("goes on with the next address where one cannot be reached, within one call", async () => {
    await using collector = await startCollector({ protocol });
    using client = open([await deadAddress(), collector.address], { protocol });
    await client.reportTaskFinish("task-1");
    await client.reportTaskFinish("task-2");
    expect(collector.finishedTasks).toEqual(["task-1", "task-2"]);
  });

  test("streams what is encoded already whole and in order, from its start to each address", async () => {
    await using collector = await startCollector({ protocol });
    using client = open([await deadAddress(), collector.address], { protocol });
    await client.collectSnapshots(snapshotsOf("segment-1", 3_000));
    expect(collector.snapshots.map(({ sequence }) => sequence)).toEqual(Array.from(Array(3_000).keys()));
    expect(collector.calls).toEqual(["collectSnapshot"]);
    await client.collectSnapshots([]);
    expect(collector.snapshots.length).toBe(3_000);
  });

  test("tells what becomes of a stream", async () => {
    await using collector = await startCollector({ protocol });
    using client = open(collector.address, { protocol });
    const send = () => outcomeOf(client.collectSnapshots(snapshotsOf("segment-1", 3_000)));
    collector.failures.set("collectSnapshot", Code.Unimplemented);
    expect(await send()).toBe("unimplemented");
    collector.failures.set("collectSnapshot", Code.Unavailable);
    expect(await send()).toBe("unknown");
    collector.failures.clear();
    expect(await send()).toBe("sent");
    await collector.kill();
    expect(await send()).not.toBe("sent");
    expect(await send()).toBe("unsent");
  });

  test("moves on to the next address when the one in use goes", async () => {
    await using first = await startCollector({ protocol });
    await using second = await startCollector({ protocol });
    using client = open([first.address, second.address], { protocol });
    await client.reportTaskFinish("task-1");
    await first.kill();
    await outcomeOf(client.reportTaskFinish("task-2"));
    await client.reportTaskFinish("task-3");
    expect(first.finishedTasks).toEqual(["task-1"]);
    expect(second.finishedTasks).toContain("task-3");
  });

  test("fails as not sent when no address can be reached", async () => {
    using client = open([await deadAddress(), await deadAddress()], { protocol });
    expect(await outcomeOf(client.reportTaskFinish("task-1"))).toBe("unsent");
  });

  test("connects to no address the runtime does not permit", async () => {
    await using forbidden = await startCollector({ protocol });
    await using permitted = await startCollector({ protocol });
    const isAllowed = (address: string) => address !== forbidden.address;
    using both = open([forbidden.address, permitted.address], { protocol, isAllowed });
    await both.reportTaskFinish("task-1");
    using one = open(forbidden.address, { protocol, isAllowed });
    expect((await failureOf(one.reportTaskFinish("task-2"))).message).toContain("does not permit");
    expect(forbidden.connections).toBe(0);
    expect(permitted.finishedTasks).toEqual(["task-1"]);
  });

  test("tells a method the backend does not have from one that fails", async () => {
    await using collector = await startCollector({ protocol });
    using client = open(collector.address, { protocol });
    collector.failures.set("reportTaskFinish", Code.Unimplemented);
    expect(await outcomeOf(client.reportTaskFinish("task-1"))).toBe("unimplemented");
    collector.failures.set("reportTaskFinish", Code.Internal);
    expect(await outcomeOf(client.reportTaskFinish("task-1"))).toBe("unknown");
  });

  test("makes its calls outside the traced context, which the caller stays in", async () => {
    await using collector = await startCollector({ protocol });
    const context = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const transport = openTransport(collector.address, {
      protocol,
      untraced: (call) => context.run("outside", call),
    });
    await context.run("inside", async () => {
      await transport.call((await import("../../proto/gen/management_pb.ts")).ManagementService, (client) => {
        seen.push(context.getStore());
        return client.keepAlive(IDENTITY);
      });
      seen.push(context.getStore());
    });
    transport.close();
    expect(seen).toEqual(["outside", "inside"]);
  });

  test("when it is closed ends its calls, and makes no more", async () => {
    await using collector = await startCollector({ protocol });
    const client = open(collector.address, { protocol });
    collector.hold("reportTaskFinish");
    const outcome = outcomeOf(client.reportTaskFinish("task-1"));
    await collector.until(({ finishedTasks }) => finishedTasks.length === 1);
    client[Symbol.dispose]();
    client[Symbol.dispose]();
    expect(await outcome).toBe("unknown");
    expect(await outcomeOf(client.reportTaskFinish("task-2"))).toBe("unsent");
    await collector.close();
  });
});

describe("by grpc, the transport", () => {
  test("keeps one connection", async () => {
    await using collector = await startCollector();
    using client = open(collector.address);
    await Promise.all([1, 2, 3].map((task) => client.reportTaskFinish(`task-${task}`)));
    await client.reportTaskFinish("task-4");
    expect(collector.connections).toBe(1);
  });

  test("ends a call to a backend that takes the connection and says nothing", async () => {
    await using mute = await listenMute();
    using client = open(mute.address, { timeoutMs: 300 });
    expect(await outcomeOf(client.reportTaskFinish("task-1"))).not.toBe("sent");
  });

  test("does not wait for a TLS handshake that does not come", async () => {
    await using mute = await listenMute();
    await using collector = await startCollector({ tls: true });
    const tls = { tls: true, ca: CERTIFICATE, timeoutMs: 300 };
    using alone = open(mute.address, tls);
    expect(await outcomeOf(alone.reportTaskFinish("task-1"))).toBe("unsent");
    using client = open([mute.address, collector.address], tls);
    await client.reportTaskFinish("task-2");
    expect(collector.finishedTasks).toEqual(["task-2"]);
  });

  test("talks TLS to a backend whose certificate it is told to trust, and to no other", async () => {
    await using collector = await startCollector({ tls: true });
    using trusting = open(collector.address, { tls: true, ca: CERTIFICATE });
    await trusting.reportTaskFinish("task-1");
    using careful = open(collector.address, { tls: true });
    const { outcome, message } = await failureOf(careful.reportTaskFinish("task-2"));
    expect(outcome).toBe("unsent");
    expect(message).toMatch(/certificate/i);
    expect(collector.finishedTasks).toEqual(["task-1"]);
  });

  test("takes a page where a backend should be for a backend that is away", async () => {
    const server = createServer((_request, response) => {
      response.writeHead(404).end("no such page");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    {
      using client = open(`127.0.0.1:${(server.address() as AddressInfo).port}`);
      expect(await outcomeOf(client.reportTaskFinish("task-1"))).toBe("unsent");
    }
    await new Promise((resolve) => server.close(resolve));
  });

  test("a late call ends the others only if none was answered meanwhile", async () => {
    await using collector = await startCollector();
    for (const isAnswering of [true, false]) {
      using client = open(collector.address, { timeoutMs: 1_000 });
      const { release } = collector.hold("reportTaskFinish");
      const late = outcomeOf(client.reportTaskFinish("late"));
      await new Promise((resolve) => setTimeout(resolve, 400));
      const later = outcomeOf(client.reportTaskFinish("later"));
      if (isAnswering) await client.fetchCommands(0);
      expect(await late).toBe("unknown");
      await new Promise((resolve) => setTimeout(resolve, 100));
      release();
      expect(await later).toBe(isAnswering ? "sent" : "unknown");
    }
  });
});
