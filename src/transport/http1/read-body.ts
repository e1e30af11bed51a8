/** The bytes of a request body, bounded before and after decompression. */
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

/** Why a body was not read to its end; `status` and `body` are the answer, after which the connection closes. */
export class BodyReadError extends Error {
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super(body);
    this.name = "BodyReadError";
    this.status = status;
    this.body = body;
  }
}

/** fastapi/routing.py:get_request_handler on a body that it cannot make text of. */
export const UNREADABLE_BODY = '{"detail":"There was an error parsing the body"}';

/**
 * A client that is still sending when the connection closes may never see the answer, so a body that is too large is swallowed
 * up to this many times the limit before it is refused.
 */
const SWALLOW_FACTOR = 4;

const unzip = promisify(gunzip);

/**
 * @param maxBytes of the body as sent, and of what a gzip body inflates to
 * @throws BodyReadError; Error when the client goes away before the end
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const encoding = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (encoding !== "identity" && encoding !== "gzip" && encoding !== "") {
    throw new BodyReadError(415, JSON.stringify(`Content-Encoding '${encoding}' is not supported: send gzip or none`));
  }
  if (Number(request.headers["content-length"] ?? 0) > SWALLOW_FACTOR * maxBytes) throw tooLarge(maxBytes);
  const sent = await collect(request, maxBytes);
  if (encoding !== "gzip" || sent.length === 0) return sent;
  try {
    return await unzip(sent, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(maxBytes);
    throw new BodyReadError(400, UNREADABLE_BODY);
  }
}

function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      if (length > SWALLOW_FACTOR * maxBytes) {
        request.pause();
        reject(tooLarge(maxBytes));
      }
    });
    request.on("end", () => {
      if (length > maxBytes) reject(tooLarge(maxBytes));
      else resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length));
    });
    request.on("error", reject);
    request.on("close", () => reject(new Error("the client left before the request was complete")));
  });
}

function tooLarge(maxBytes: number): BodyReadError {
  return new BodyReadError(
    413,
    JSON.stringify(`The request body is larger than sidecar.limits.max_request_bytes = ${maxBytes}`),
  );
}
