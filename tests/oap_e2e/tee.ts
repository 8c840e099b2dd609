// SPDX-License-Identifier: Apache-2.0

import { createServer } from "node:http2";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { type Listener, listen } from "../../lib/oap/listener.ts";
import { ManagementService } from "../../proto/gen/management_pb.ts";
import { ProfileTask } from "../../proto/gen/profile_pb.ts";
import { TraceSegmentReportService } from "../../proto/gen/tracing_pb.ts";
import { type AgentClient, streamOf } from "../oap/support.ts";

/** A collector that stands for two backends. */
export interface Tee extends AsyncDisposable {
  /** `host:port` for agents. */
  readonly grpc: string;
}

/** Passes what agents report to both backends; what they are answered, and their tasks, are the first one's. */
export async function startTee(first: AgentClient, second: AgentClient): Promise<Tee> {
  const both = async <T>(call: (client: AgentClient) => Promise<T>): Promise<T> => {
    const [answer] = await Promise.all([call(first), call(second)]);
    return answer;
  };
  const all = async <T>(stream: AsyncIterable<T>): Promise<T[]> => {
    const items: T[] = [];
    for await (const item of stream) items.push(item);
    return items;
  };
  const handler = connectNodeAdapter({
    routes(router: ConnectRouter) {
      router.service(ManagementService, {
        reportInstanceProperties: (message) => both((to) => to.management.reportInstanceProperties(message)),
        keepAlive: (message) => both((to) => to.management.keepAlive(message)),
      });
      router.service(TraceSegmentReportService, {
        async collect(stream) {
          const segments = await all(stream);
          return await both((to) => to.trace.collect(streamOf(segments)));
        },
        collectInSync: (message) => both((to) => to.trace.collectInSync(message)),
      });
      router.service(ProfileTask, {
        getProfileTaskCommands: (message) => first.profile.getProfileTaskCommands(message),
        async collectSnapshot(stream) {
          const snapshots = await all(stream);
          return await both((to) => to.profile.collectSnapshot(streamOf(snapshots)));
        },
        reportTaskFinish: (message) => both((to) => to.profile.reportTaskFinish(message)),
      });
    },
  });
  const listener: Listener = await listen(createServer(handler), "127.0.0.1", 0);
  return {
    grpc: `127.0.0.1:${listener.port}`,
    [Symbol.asyncDispose]: () => listener.close(),
  };
}
