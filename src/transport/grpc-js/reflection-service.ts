/**
 * Server reflection (`grpc.reflection.v1` and `v1alpha`, which are the same on the wire), for grpcurl and the like.
 * Own code, because @grpc/reflection loses services without a package and the imports of files, on which clients then fail.
 */
import { type handleBidiStreamingCall, Metadata, type Server, type ServerDuplexStream, status } from "@grpc/grpc-js";
import { ServeError } from "../../model/serve-error.ts";
import { WIRE_BYTES, WireReader } from "../wire-reader.ts";
import { indexDescriptors } from "./descriptor-index.ts";
import { FILE_DESCRIPTOR_SET_BASE64 } from "./file-descriptors.ts";
import { rawMethod } from "./raw-method.ts";

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

type Stream = ServerDuplexStream<Buffer, Buffer>;

export class ReflectionService {
  readonly #index = indexDescriptors(Buffer.from(FILE_DESCRIPTOR_SET_BASE64, "base64"));
  readonly #services: readonly string[];
  readonly #open = new Set<Stream>();

  /** @param services full names to list beside reflection itself */
  constructor(services: readonly string[]) {
    this.#services = [...services, ...VERSIONS.map(serviceName)];
  }

  addTo(server: Server): void {
    for (const version of VERSIONS) {
      const path = `/${serviceName(version)}/ServerReflectionInfo`;
      server.addService(
        { ServerReflectionInfo: rawMethod(path, { requestStream: true, responseStream: true }) },
        { ServerReflectionInfo: this.#converse },
      );
    }
  }

  /** Ends all conversations, for draining. */
  endStreams(): void {
    for (const stream of this.#open) stream.end();
    this.#open.clear();
  }

  readonly #converse: handleBidiStreamingCall<Buffer, Buffer> = (stream) => {
    this.#open.add(stream);
    const forget = (): unknown => this.#open.delete(stream);
    stream.on("close", forget);
    stream.on("cancelled", forget);
    stream.on("end", () => stream.end());
    // A client that asks without reading must not fill the memory.
    stream.on("drain", () => stream.resume());
    stream.on("data", (request: Buffer) => {
      let answer: Buffer;
      try {
        answer = this.#answer(request);
      } catch (error) {
        if (!(error instanceof ServeError)) throw error;
        const details = "Malformed ServerReflectionRequest";
        stream.emit("error", { code: status.INVALID_ARGUMENT, details, metadata: new Metadata() });
        return;
      }
      if (!stream.write(answer)) stream.pause();
    });
  };

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
      if (files === undefined) return failure(status.NOT_FOUND, `Not found: ${argument.slice(0, 200)}`);
      return delimited(FILE_DESCRIPTOR_RESPONSE, Buffer.concat(files.map((file) => delimited(1, file))));
    }
    if (kind === FILE_CONTAINING_EXTENSION || kind === EXTENSION_NUMBERS_OF_TYPE) {
      return failure(status.NOT_FOUND, "There are no extensions here");
    }
    return failure(status.INVALID_ARGUMENT, "The request asks for nothing");
  }
}

function serviceName(version: string): string {
  return `grpc.reflection.${version}.ServerReflection`;
}

/** `kind` is the field number of the last member of the oneof, 0 = none; `argument` its text. */
function readRequest(request: Buffer): { host: string; kind: number; argument: string } {
  const reader = new WireReader(request, 0, request.length);
  let host = "";
  let kind = 0;
  let argument = "";
  while (reader.at < reader.end) {
    reader.tag();
    const { field, wireType } = reader;
    if (wireType !== WIRE_BYTES) reader.skip();
    else if (field === HOST) host = reader.string("host");
    else if (field === FILE_CONTAINING_EXTENSION) {
      kind = field;
      reader.skip();
    } else if (field >= FILE_BY_FILENAME && field <= LIST_SERVICES) {
      kind = field;
      argument = reader.string("the argument");
    } else reader.skip();
  }
  return { host, kind, argument };
}

/** ErrorResponse {1 error_code, 2 error_message}; our codes are below 128. */
function failure(code: status, message: string): Buffer {
  return delimited(ERROR_RESPONSE, Buffer.concat([Buffer.of(0x08, code), delimited(2, Buffer.from(message))]));
}

/** One length-delimited field with a number below 16. */
function delimited(field: number, content: Buffer): Buffer {
  const head = [field * 8 + WIRE_BYTES];
  let length = content.length;
  for (; length > 127; length = Math.floor(length / 128)) head.push((length % 128) + 128);
  head.push(length);
  return Buffer.concat([Buffer.from(head), content]);
}
