// SPDX-License-Identifier: Apache-2.0

import { type ExecutionResult, execute, GraphQLError, parse, validate } from "graphql";
import { metadataResolvers } from "./resolvers/metadata.ts";
import { profileResolvers } from "./resolvers/profile.ts";
import { traceResolvers } from "./resolvers/trace.ts";
import { traceListResolvers } from "./resolvers/trace_list.ts";
import { createSchema } from "./schema.ts";
import type { Store } from "./store.ts";

/** A query as it comes over HTTP. */
export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly operationName: string | undefined;
}

/** An answer; without `data` nothing was executed. */
export type GraphqlAnswer = ExecutionResult;

/** The longest query in tokens; the web page's longest has some 300. */
const MAX_TOKENS = 10_000;

/** Answers GraphQL queries from a store. */
export function createGraphql(
  store: Store,
  version: string,
  now: () => number,
): (request: GraphqlRequest) => Promise<GraphqlAnswer> {
  const schema = createSchema();
  const rootValue = {
    ...metadataResolvers(store, version, now),
    ...traceResolvers(store),
    ...traceListResolvers(store),
    ...profileResolvers(store),
  };
  return async ({ query, variables, operationName }) => {
    try {
      const document = parse(query, { maxTokens: MAX_TOKENS });
      const errors = validate(schema, document);
      if (errors.length > 0) return { errors };
      return await execute({ schema, document, rootValue, variableValues: variables, operationName });
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] };
      throw error;
    }
  };
}
