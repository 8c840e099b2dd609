// SPDX-License-Identifier: Apache-2.0

/** Answers one root field; the schema has checked the arguments. */
export type Resolver = (args: never) => unknown;

/** Resolvers by the names of their fields. */
export type Resolvers = Readonly<Record<string, Resolver>>;
