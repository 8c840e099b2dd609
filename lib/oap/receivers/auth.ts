// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";

/** Refuses calls whose `authentication` metadata is not the token; SkyWalking's code for it is PERMISSION_DENIED. */
export function requireToken(token: string): Interceptor {
  return (next) => async (request) => {
    if (request.header.get("authentication") !== token) {
      throw new ConnectError(
        "Cannot accept the call: its authentication token is wrong",
        Code.PermissionDenied,
      );
    }
    return await next(request);
  };
}
