// SPDX-License-Identifier: Apache-2.0
/** Waits in every way, one after the other. Answers with how long each took, in milliseconds. */
import { KINDS } from "./kinds.mjs";
import { serve } from "./serve.mjs";

async function everyWay() {
  const truth = {};
  for (const [name, kind] of Object.entries(KINDS)) {
    const from = performance.now();
    await kind();
    truth[name] = performance.now() - from;
  }
  return truth;
}

serve({ "/waits": everyWay, "/warm": everyWay });
