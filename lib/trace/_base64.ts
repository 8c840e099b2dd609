// SPDX-License-Identifier: Apache-2.0

const NON_ASCII = /[^\0-\x7f]/;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Standard base64 of the text's UTF-8. */
export function encodeBase64(text: string): string {
  if (!NON_ASCII.test(text)) return btoa(text);
  return btoa(String.fromCharCode(...encoder.encode(text)));
}

/** The text, or `undefined` if that is not the base64 of UTF-8. */
export function decodeBase64(base64: string): string | undefined {
  try {
    const bytes = atob(base64);
    if (!NON_ASCII.test(bytes)) return bytes;
    return decoder.decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
