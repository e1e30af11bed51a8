/**
 * Server reflection (`grpc.reflection.v1` and `v1alpha`, which are the same on the wire), for grpcurl and the like.
 * Own code, because @grpc/reflection loses services without a package and the imports of files, on which clients then fail.
 */
import { GRPC_CODES } from "../../model/grpc-codes.ts";
import { ServeError } from "../../model/serve-error.ts";
import { WireError } from "../../wire/wire-error.ts";
import { WireReader, WireType } from "../../wire/wire-reader.ts";
import { spanFieldSize, writeSpanField } from "../../wire/write-varint.ts";
import { readText } from "../read-text.ts";
import { indexDescriptors } from "./descriptor-index.ts";
import { FILE_DESCRIPTOR_SET_BASE64 } from "./file-descriptors.ts";
import type { GrpcMethod, MessageStream, StreamListener } from "./method-table.ts";

const VERSIONS = ["v1", "v1alpha"];

/** Fields of ServerReflectionRequest. */
const HOST = 1;
const FILE_BY_FILENAME = 3;
const FILE_CONTAINING_SYMBOL = 4;
const FILE_CONTAINING_EXTENSION = 5;
const EXTENSION_NUMBERS_OF_TYPE = 6;
const LIST_SERVICES = 7;
/** Fields of ServerReflectionResponse. */
const VALID_HOST = 1;
const ORIGINAL_REQUEST = 2;
const FILE_DESCRIPTOR_RESPONSE = 4;
const LIST_SERVICES_RESPONSE = 6;
const ERROR_RESPONSE = 7;

export class ReflectionService {
  readonly #index = indexDescriptors(Buffer.from(FILE_DESCRIPTOR_SET_BASE64, "base64"));
  readonly #services: readonly string[];
  readonly #open = new Set<MessageStream>();

  /** @param services full names to list beside reflection itself */
  constructor(services: readonly string[]) {
    this.#services = [...services, ...VERSIONS.map(serviceName)];
  }

  methods(): readonly GrpcMethod[] {
    return VERSIONS.map((version) => ({
      kind: "stream",
      path: `/${serviceName(version)}/ServerReflectionInfo`,
      requestStream: true,
      open: (stream) => this.#converse(stream),
    }));
  }

  /** Ends all conversations, for draining. */
  endStreams(): void {
    for (const stream of [...this.#open]) stream.end();
    this.#open.clear();
  }

  #converse(stream: MessageStream): StreamListener {
    this.#open.add(stream);
    return {
      onMessage: (request) => stream.send(this.#answer(request)),
      onEnd: () => stream.end(),
      onClosed: () => this.#open.delete(stream),
    };
  }

  #answer(request: Buffer): Buffer {
    const { host, kind, argument } = readRequest(request);
    return Buffer.concat([
      delimited(VALID_HOST, Buffer.from(host)),
      delimited(ORIGINAL_REQUEST, request),
      this.#result(kind, argument),
    ]);
  }

  #result(kind: number, argument: string): Buffer {
    if (kind === LIST_SERVICES) {
      const names = this.#services.map((name) => delimited(1, delimited(1, Buffer.from(name))));
      return delimited(LIST_SERVICES_RESPONSE, Buffer.concat(names));
    }
    if (kind === FILE_BY_FILENAME || kind === FILE_CONTAINING_SYMBOL) {
      const files = kind === FILE_BY_FILENAME ? this.#index.filesByName(argument) : this.#index.filesBySymbol(argument);
      if (files === undefined) return failure(GRPC_CODES.NOT_FOUND, `Not found: ${argument.slice(0, 200)}`);
      return delimited(FILE_DESCRIPTOR_RESPONSE, Buffer.concat(files.map((file) => delimited(1, file))));
    }
    if (kind === FILE_CONTAINING_EXTENSION || kind === EXTENSION_NUMBERS_OF_TYPE) {
      return failure(GRPC_CODES.NOT_FOUND, "There are no extensions here");
    }
    return failure(GRPC_CODES.INVALID_ARGUMENT, "The request asks for nothing");
  }
}

function serviceName(version: string): string {
  return `grpc.reflection.${version}.ServerReflection`;
}

interface ReflectionRequest {
  readonly host: string;
  /** Field number of the last member of the oneof, 0 = none. */
  readonly kind: number;
  readonly argument: string;
}

/** @throws ServeError INVALID_ARGUMENT */
function readRequest(request: Buffer): ReflectionRequest {
  try {
    return parseRequest(request);
  } catch (error) {
    if (error instanceof WireError) throw new ServeError("INVALID_ARGUMENT", "Malformed ServerReflectionRequest");
    throw error;
  }
}

function parseRequest(request: Buffer): ReflectionRequest {
  const reader = new WireReader().reset(request, 0, request.length);
  let host = "";
  let kind = 0;
  let argument = "";
  while (reader.position < reader.end) {
    const tag = reader.readTag();
    const field = tag >>> 3;
    if ((tag & 7) !== WireType.LENGTH) reader.skip(tag);
    else if (field === HOST) host = readText(reader, "a host");
    else if (field === FILE_CONTAINING_EXTENSION) {
      kind = field;
      reader.skip(tag);
    } else if (field >= FILE_BY_FILENAME && field <= LIST_SERVICES) {
      kind = field;
      argument = readText(reader, "an argument");
    } else reader.skip(tag);
  }
  return { host, kind, argument };
}

/** ErrorResponse {1 error_code, 2 error_message}; our codes are below 128. */
function failure(code: number, message: string): Buffer {
  return delimited(ERROR_RESPONSE, Buffer.concat([Buffer.of(0x08, code), delimited(2, Buffer.from(message))]));
}

/** One length-delimited field with a number below 16. */
function delimited(field: number, content: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(spanFieldSize(content.length));
  writeSpanField(bytes, 0, (field << 3) | WireType.LENGTH, content, 0, content.length);
  return bytes;
}
