// SPDX-License-Identifier: Apache-2.0

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { GraphqlAnswer, GraphqlRequest } from "./graphql.ts";
import { isNameTrusted } from "./host_check.ts";
import type { PageHandler } from "./page_server.ts";

/** The longest request in bytes that is read. */
const MAX_BODY_BYTES = 1024 * 1024;

/** What the server of the REST port answers with. */
export interface HttpHandlers {
  readonly graphql: (request: GraphqlRequest) => Promise<GraphqlAnswer>;
  /** The web page, at `/`. */
  readonly page: PageHandler;
  /** Takes all other paths: the agents' calls by the Connect protocol. */
  readonly rpc: (request: IncomingMessage, response: ServerResponse) => void;
}

/**
 * Creates the server of the REST port: GraphQL at `/graphql`, for clients that send JSON or the bare query.
 *
 * @param listensOn the host that it will listen on
 */
export function createHttpServer({ graphql, page, rpc }: HttpHandlers, listensOn: string): Server {
  return createServer((request, response) => {
    // A browser tells the origin of all that it sends but GET, which only reads, and which programs do not use.
    const mayBeBrowser = request.headers.origin !== undefined || request.method === "GET";
    if (mayBeBrowser && !isNameTrusted(request, listensOn)) {
      const name = request.headers.host;
      refuse(response, 403, `Cannot answer under the name ${name}: use an address, or --host with that name`);
      return;
    }
    if (request.url?.split("?", 1)[0] !== "/graphql") {
      if (!page(request, response)) rpc(request, response);
      return;
    }
    answer(request, response, graphql).catch((error: unknown) => {
      // What a client cannot make go wrong: a defect here, or a connection that broke.
      if (response.headersSent) response.destroy();
      else
        refuse(response, 500, `Cannot answer the query: ${error instanceof Error ? error.message : error}`);
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  graphql: HttpHandlers["graphql"],
): Promise<void> {
  if (request.method !== "POST") {
    response.setHeader("allow", "POST");
    refuse(response, 405, `Cannot answer ${request.method}: queries come by POST`);
    return;
  }
  // That it must be one of these also keeps web pages of other origins out: a browser would have to ask first.
  const type = request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json" && type !== "application/graphql") {
    refuse(
      response,
      415,
      "Cannot read the query: its content type is not application/json or application/graphql",
    );
    return;
  }
  const body = await readBody(request);
  if (body === undefined) {
    // The rest of the body is not read, so the connection is of no more use.
    response.setHeader("connection", "close");
    refuse(response, 413, `Cannot read the query: it is longer than ${MAX_BODY_BYTES} bytes`);
    return;
  }
  const query = type === "application/graphql" ? bareQuery(body) : parseRequest(body);
  if (typeof query === "string") {
    refuse(response, 400, query);
    return;
  }
  const result = await graphql(query);
  sendJson(response, "data" in result ? 200 : 400, result);
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function bareQuery(query: string): GraphqlRequest {
  return { query, variables: undefined, operationName: undefined };
}

/** The request in a JSON body, or why there is none. */
function parseRequest(body: string): GraphqlRequest | string {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    return `Cannot read the query: its JSON is malformed: ${error instanceof Error ? error.message : error}`;
  }
  if (!isRecord(json)) return "Cannot read the query: its JSON is not an object";
  const { query, variables, operationName } = json;
  if (typeof query !== "string") return "Cannot read the query: its JSON has no text `query`";
  if (variables !== undefined && variables !== null && !isRecord(variables)) {
    return "Cannot read the query: its `variables` is not an object";
  }
  if (operationName !== undefined && operationName !== null && typeof operationName !== "string") {
    return "Cannot read the query: its `operationName` is not a text";
  }
  return { query, variables: variables ?? undefined, operationName: operationName || undefined };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Errors have the shape of GraphQL's, so a client needs to read only one. */
function refuse(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { errors: [{ message }] });
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
  response.end(JSON.stringify(value));
}
