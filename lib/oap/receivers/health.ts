// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import {
  type Health,
  HealthCheckResponse_ServingStatus,
  HealthCheckResponseSchema,
} from "../../../proto/gen/health_pb.ts";

/** Tells that the backend works, of itself as a whole only. */
export function healthReceiver(): ServiceImpl<typeof Health> {
  return {
    check({ service }) {
      // The code that gRPC's protocol for this asks for.
      if (service !== "") throw new ConnectError(`Cannot tell of ${service}: it is unknown`, Code.NotFound);
      return create(HealthCheckResponseSchema, { status: HealthCheckResponse_ServingStatus.SERVING });
    },
  };
}
