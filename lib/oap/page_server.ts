// SPDX-License-Identifier: Apache-2.0

import type { IncomingMessage, ServerResponse } from "node:http";
import { gunzipSync } from "node:zlib";
import type { Overview } from "./page/data.ts";
import { ASSETS, type Asset } from "./page/gen/assets.ts";
import { overview, recordingOf } from "./page_data.ts";
import type { Store } from "./store.ts";

/** What a page may do: run its own script, and ask its own server. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const HEADERS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

/** Answers a request if it is one for the page. @returns whether it was */
export type PageHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Serves the web page and what it asks for beside GraphQL.
 *
 * @param grpcAddress where agents report by gRPC, told to a person who has no service yet
 */
export function pageHandler(store: Store, grpcAddress: string): PageHandler {
  const data: Readonly<Record<string, (query: URLSearchParams) => unknown>> = {
    "/page/overview": (): Overview => ({ grpcAddress, services: overview(store) }),
    "/page/snapshots": (query) => recordingOf(store, query.get("segmentId") ?? ""),
  };
  return (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") return false;
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    const asset = Object.hasOwn(ASSETS, path) ? ASSETS[path] : undefined;
    const answer = Object.hasOwn(data, path) ? data[path] : undefined;
    if (asset !== undefined) sendAsset(request, response, asset);
    else if (answer !== undefined) sendJson(response, answer(new URLSearchParams(query)));
    else return false;
    return true;
  };
}

function sendAsset(request: IncomingMessage, response: ServerResponse, { type, gzip }: Asset): void {
  const bytes = Buffer.from(gzip, "base64");
  const isTaken = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  response.writeHead(200, {
    ...HEADERS,
    "content-type": type,
    vary: "accept-encoding",
    ...(isTaken && { "content-encoding": "gzip" }),
  });
  response.end(isTaken ? bytes : gunzipSync(bytes));
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { ...HEADERS, "content-type": "application/json; charset=utf-8" });
  response.end(JSON.stringify(value));
}
