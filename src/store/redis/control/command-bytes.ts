/** A command as Redis reads it: a list of bulk strings. */

/** @param words name and arguments; texts are sent as UTF-8 */
export function commandBytes(words: readonly (string | Buffer)[]): Buffer {
  const parts = [`*${words.length}\r\n`, ...words.flatMap((word) => [`$${Buffer.byteLength(word)}\r\n`, word, "\r\n"])];
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}
