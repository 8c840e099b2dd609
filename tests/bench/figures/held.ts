// SPDX-License-Identifier: Apache-2.0
import type { Figure } from "../figure.ts";
import { waitUnderLoad } from "../held.ts";
import { biasOf, typical } from "../statistics.ts";

const REQUESTS = 9;
const NEAR_MS = 2;

export const held: Figure = {
  name: "held",
  measures: {
    late: { title: "timers of 20 ms that go on late, as ten clients keep the thread busy: by" },
    error: { title: "error of such a wait", target: "± 1" },
    bias: { title: "bias of such a wait (mean ± standard error)" },
    off: { title: "such waits that are off by more than 2 ms", unit: "%", target: "≤ 1" },
  },
  async measure({ runtime, scale }) {
    const { errors, late } = await waitUnderLoad(runtime, Math.max(1, Math.round(REQUESTS * scale)));
    const off = errors.filter((error) => Math.abs(error) > NEAR_MS).length;
    return {
      late: typical(late),
      error: typical(errors),
      bias: biasOf(errors),
      off: { value: (off / errors.length) * 100 },
    };
  },
};
