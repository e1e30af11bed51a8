/** Whether a caller of the debug listener knows its token. */
import { createHash, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";

/** A token is a line; what is longer is another file. */
const LONGEST_BYTES = 4096;

/**
 * Reads the file each time, so that a token that is renewed counts at once.
 * @param authorization header of that name
 * @returns false also when the file cannot be read, or holds nothing
 */
export function knowsToken(tokenFile: string, authorization: string | undefined): boolean {
  const [, given] = /^Bearer +(\S+)$/i.exec(authorization ?? "") ?? [];
  if (given === undefined) return false;
  let token: string;
  try {
    const bytes = readFileSync(tokenFile);
    if (bytes.length > LONGEST_BYTES) return false;
    token = bytes.toString("utf8").trim();
  } catch {
    return false;
  }
  // Digests have the same length, whatever the texts have.
  return token !== "" && timingSafeEqual(digest(token), digest(given));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
