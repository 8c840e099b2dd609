// SPDX-License-Identifier: Apache-2.0
import { ManagementService } from "../../proto/gen/management_pb.ts";
import type { Identity } from "./identity.ts";
import type { Transport } from "./transport.ts";

/** Tells the backend that the instance exists and lives. Every method throws what the transport throws. */
export interface ManagementClient {
  reportProperties(properties: readonly (readonly [key: string, value: string])[]): Promise<void>;
  keepAlive(): Promise<void>;
}

export function createManagementClient(transport: Transport, identity: Identity): ManagementClient {
  return {
    async reportProperties(properties) {
      const pairs = properties.map(([key, value]) => ({ key, value }));
      await transport.call(ManagementService, (client, options) =>
        client.reportInstanceProperties({ ...identity, properties: pairs }, options),
      );
    },
    async keepAlive() {
      await transport.call(ManagementService, (client, options) => client.keepAlive(identity, options));
    },
  };
}
