// SPDX-License-Identifier: Apache-2.0
/**
 * What is used of connect-node, to be imported late and as a whole: it imports `node:http2` and `node:https` when it
 * loads. A bundle so leaves out its servers and its other protocols.
 *
 * @module
 */
export { createTransport as createConnectTransport } from "@connectrpc/connect/protocol-connect";
export { createTransport as createGrpcTransport } from "@connectrpc/connect/protocol-grpc";
export { createNodeHttpClient } from "@connectrpc/connect-node";
