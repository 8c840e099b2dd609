// SPDX-License-Identifier: Apache-2.0
import { ProfileTask } from "../../proto/gen/profile_pb.ts";
import type { PlainCommand } from "../command/command.ts";
import type { ThreadSnapshot } from "../profile/snapshot.ts";
import { Pace, type PaceOptions } from "./_pace.ts";
import { encodeSnapshots } from "./encode_snapshot.ts";
import type { Identity } from "./identity.ts";
import type { Transport } from "./transport.ts";

/** Everything of the backend's profile service. Every method throws what the transport throws. */
export interface ProfileClient {
  /** Commands that were created after `lastCommandTime`, in milliseconds since 1970. */
  fetchCommands(lastCommandTime: number): Promise<readonly PlainCommand[]>;
  /** Sends a batch in one short stream. */
  collectSnapshots(snapshots: readonly ThreadSnapshot[]): Promise<void>;
  reportTaskFinish(taskId: string): Promise<void>;
}

export function createProfileClient(
  transport: Transport,
  identity: Identity,
  paceOptions: PaceOptions,
): ProfileClient {
  return {
    async fetchCommands(lastCommandTime) {
      const query = { ...identity, lastCommandTime: BigInt(lastCommandTime) };
      const { commands } = await transport.call(ProfileTask, (client, options) =>
        client.getProfileTaskCommands(query, options),
      );
      return commands.map(({ command, args }) => ({ command, args }));
    },
    async collectSnapshots(snapshots) {
      async function* body() {
        const pace = new Pace(paceOptions);
        for (const part of encodeSnapshots(snapshots)) {
          if (part) yield part;
          if (pace.isTired) await pace.rest();
        }
      }
      await transport.stream(
        ProfileTask,
        (client, input, options) => client.collectSnapshot(input, options),
        body,
      );
    },
    async reportTaskFinish(taskId) {
      await transport.call(ProfileTask, (client, options) =>
        client.reportTaskFinish({ ...identity, taskId }, options),
      );
    },
  };
}
