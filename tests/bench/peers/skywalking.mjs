// SPDX-License-Identifier: Apache-2.0
import process from "node:process";
import skywalking from "skywalking-backend-js";

skywalking.default.start({
  serviceName: process.env.SW_AGENT_NAME,
  collectorAddress: process.env.SW_AGENT_COLLECTOR_BACKEND_SERVICES,
});
