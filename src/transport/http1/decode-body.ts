/** Body bytes → FeatureRequest, as FastAPI reads them (fastapi/routing.py:get_request_handler). */
import { isUtf8 } from "node:buffer";
import type { FeatureRequest, JsonValue } from "../../model/request.ts";
import { JsonLimitError, JsonSyntaxError, parseJson } from "./parse-json.ts";
import { BodyReadError, UNREADABLE_BODY } from "./read-body.ts";
import { BodyFaultError, syntaxFaultBody, validateBody } from "./validate-body.ts";

/**
 * Any content type is taken for JSON, because not all of Feast's clients send one. UTF-8 only, with or without a byte order mark.
 * @throws BodyFaultError (422), BodyReadError (400)
 */
export function decodeBody(body: Buffer): FeatureRequest {
  if (body.length === 0) return validateBody(undefined);
  if (!isUtf8(body)) throw new BodyReadError(400, UNREADABLE_BODY);
  const start = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
  let json: JsonValue;
  try {
    json = parseJson(body.toString("utf8", start));
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new BodyFaultError(syntaxFaultBody(error.message, error.position));
    if (error instanceof JsonLimitError) throw new BodyReadError(400, UNREADABLE_BODY);
    throw error;
  }
  return validateBody(json);
}
