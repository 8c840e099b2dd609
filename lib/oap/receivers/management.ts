// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { CommandsSchema } from "../../../proto/gen/common_pb.ts";
import type { ManagementService } from "../../../proto/gen/management_pb.ts";
import type { Store } from "../store.ts";

/** The most properties that are kept of an instance. */
const MAX_PROPERTIES = 100;
/** The longest name and value of a property, in characters; longer ones are cut. */
const MAX_PROPERTY_CHARS = 1000;

/** Receives what instances tell about themselves, and that they are alive. */
export function managementReceiver(store: Store): ServiceImpl<typeof ManagementService> {
  return {
    reportInstanceProperties({ service, serviceInstance, properties }) {
      // This makes an instance, but no service: as in SkyWalking, that takes a ping or a segment.
      store.addInstance(
        service,
        serviceInstance,
        properties.slice(0, MAX_PROPERTIES).map(({ key, value }) => ({
          key: key.slice(0, MAX_PROPERTY_CHARS),
          value: value.slice(0, MAX_PROPERTY_CHARS),
        })),
      );
      store.commit();
      return create(CommandsSchema);
    },
    keepAlive({ service, serviceInstance, layer }) {
      store.addService(service, layer === "" ? "GENERAL" : layer);
      store.addInstance(service, serviceInstance);
      store.commit();
      return create(CommandsSchema);
    },
  };
}
