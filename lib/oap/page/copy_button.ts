// SPDX-License-Identifier: Apache-2.0

import { type ComponentChild, h } from "preact";
import { useEffect, useState } from "preact/hooks";

const SAID_MS = 2000;

/** Copies a text, and says whether it could. */
export function CopyButton({
  text,
  label,
}: {
  readonly text: string;
  readonly label: string;
}): ComponentChild {
  const [said, setSaid] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSaid(""), said === "" ? 0 : SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const onClick = async (): Promise<void> => setSaid((await copy(text)) ? "Copied" : "Cannot copy");
  return h("button", { type: "button", class: "quiet", onClick, "aria-live": "polite" }, said || label);
}

/** Copies a text. Over plain HTTP from another machine a page has no clipboard, but may still copy what is selected. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "hidden";
    const { activeElement } = document;
    document.body.append(field);
    field.select();
    const isDone = document.execCommand("copy");
    field.remove();
    if (activeElement instanceof HTMLElement) activeElement.focus();
    return isDone;
  }
}
