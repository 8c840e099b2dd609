// SPDX-License-Identifier: Apache-2.0
import { ProfileTask } from "../../proto/gen/profile_pb.ts";
import type { PlainCommand } from "../command/command.ts";
import type { ThreadSnapshot } from "../profile/snapshot.ts";
import { Pace, type PaceOptions } from "./_pace.ts";
import { encodeSnapshot, type Identity } from "./encode.ts";
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
      async function* messages() {
        const pace = new Pace(paceOptions);
        for (const snapshot of snapshots) {
          if (pace.isTired) await pace.rest();
          yield encodeSnapshot(snapshot);
        }
      }
      await transport.call(ProfileTask, (client, options) => client.collectSnapshot(messages(), options));
    },
    async reportTaskFinish(taskId) {
      await transport.call(ProfileTask, (client, options) =>
        client.reportTaskFinish({ ...identity, taskId }, options),
      );
    },
  };
}
