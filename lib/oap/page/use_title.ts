// SPDX-License-Identifier: Apache-2.0

import { useEffect } from "preact/hooks";

/** Names what the page shows, in the tab and in the history. */
export function useTitle(text: string): void {
  useEffect(() => {
    document.title = text === "" ? "SkyWalking profiles" : `${text} · SkyWalking profiles`;
  }, [text]);
}
