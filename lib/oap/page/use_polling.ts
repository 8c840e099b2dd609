// SPDX-License-Identifier: Apache-2.0

import { useEffect, useState } from "preact/hooks";

/** What was asked for, as far as it is known. */
export interface Polled<T> {
  /** The last answer. */
  readonly value: T | undefined;
  /** Why the last question was not answered. */
  readonly error: string | undefined;
}

/**
 * Asks again and again while the page can be seen.
 *
 * @param key a change of it begins anew
 * @param periodMs from an answer to the next question; 0 asks once
 */
export function usePolling<T>(ask: () => Promise<T>, key: string, periodMs: number): Polled<T> {
  const [polled, setPolled] = useState<Polled<T> & { readonly key: string }>({
    key,
    value: undefined,
    error: undefined,
  });
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = (): void => {
      clearTimeout(timer);
      if (!isOver && !document.hidden && periodMs > 0) timer = setTimeout(question, periodMs);
    };
    const question = async (): Promise<void> => {
      try {
        const value = await ask();
        if (!isOver) setPolled({ key, value, error: undefined });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (!isOver) setPolled((before) => ({ ...before, key, error: reason }));
      }
      next();
    };
    document.addEventListener("visibilitychange", next);
    question();
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", next);
    };
    // `ask` is a new function each time; what it asks is told by the key.
  }, [key, periodMs]);
  return polled.key === key ? polled : { value: undefined, error: undefined };
}
