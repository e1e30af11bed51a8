/** The constant half of every answer of a shape: GetOnlineFeaturesResponse.metadata, as protobuf and as JSON. */
import type { AnswerShape } from "../model/bound-request.ts";
import { spanFieldSize, varintSize, writeSpanField, writeVarint } from "../wire/write-varint.ts";

// Tags of feast/serving/ServingService.proto; field numbers 1 and 2, all of them.
const FIRST_SPAN = 0x0a;
const SECOND_SPAN = 0x12;
const VERSION = 0x10;

const bytesByShape = new WeakMap<AnswerShape, Buffer>();

/** The whole field 1 of the response, its tag included; made once per shape. */
export function metadataOf(shape: AnswerShape): Buffer {
  let bytes = bytesByShape.get(shape);
  if (bytes === undefined) {
    bytes = encodeMetadata(shape);
    bytesByShape.set(shape, bytes);
  }
  return bytes;
}

function encodeMetadata(shape: AnswerShape): Buffer {
  const names = concatFields(
    FIRST_SPAN,
    columnNames(shape).map((name) => Buffer.from(name)),
  );
  const views = shape.viewVersions.map(({ name, version }) => {
    const fields = name === "" ? Buffer.alloc(0) : concatFields(FIRST_SPAN, [Buffer.from(name)]);
    return version === 0 ? fields : Buffer.concat([fields, versionField(version)]);
  });
  const body = Buffer.concat([concatFields(FIRST_SPAN, [names]), concatFields(SECOND_SPAN, views)]);
  return concatFields(FIRST_SPAN, [body]);
}

/**
 * The value of `metadata` (feast/feature_server_utils.py:_metadata_to_dict): no views when there are none to tell, names and
 * versions only where they are not protobuf's defaults.
 */
export function metadataJson(shape: AnswerShape): string {
  const views = shape.viewVersions.map(({ name, version }) => ({
    ...(name === "" ? {} : { name }),
    ...(version === 0 ? {} : { version }),
  }));
  return JSON.stringify({
    feature_names: columnNames(shape),
    ...(views.length === 0 ? {} : { feature_view_metadata: views }),
  });
}

function columnNames({ echoNames, outputs }: AnswerShape): string[] {
  return [...echoNames, ...outputs.map(({ name }) => name)];
}

function versionField(version: number): Buffer {
  const field = Buffer.alloc(1 + varintSize(version));
  field[0] = VERSION;
  writeVarint(field, 1, version);
  return field;
}

function concatFields(tag: number, payloads: readonly Buffer[]): Buffer {
  const bytes = Buffer.alloc(payloads.reduce((size, payload) => size + spanFieldSize(payload.length), 0));
  let at = 0;
  for (const payload of payloads) at = writeSpanField(bytes, at, tag, payload, 0, payload.length);
  return bytes;
}
