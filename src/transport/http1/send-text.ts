/** A whole text as the answer, on the ports beside the data port. */
import type { ServerResponse } from "node:http";

export const PLAIN_TEXT = "text/plain; charset=utf-8";
export const JSON_TYPE = "application/json";

/** Does nothing once an answer has begun or its connection is gone. Node leaves the body out of an answer to HEAD by itself. */
export function sendText(response: ServerResponse, status: number, contentType: string, text: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(text) }).end(text);
}
