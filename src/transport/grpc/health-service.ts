/**
 * `grpc.health.v1.Health`: Check, List and Watch over a small table of names. Its messages are two fields, written by hand.
 * Watch streams would outlive a drain, so `endWatches` closes them.
 */
import { ServeError } from "../../model/serve-error.ts";
import { WireError } from "../../wire/wire-error.ts";
import { WireReader, WireType } from "../../wire/wire-reader.ts";
import { readText } from "../read-text.ts";
import { type GrpcMethod, type MessageStream, type StreamListener, unary } from "./method-table.ts";

export const HEALTH_SERVICE_NAME = "grpc.health.v1.Health";

/** The tag of `HealthCheckRequest.service`. */
const SERVICE = (1 << 3) | WireType.LENGTH;
/** `HealthCheckResponse.ServingStatus`. */
const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;

export class HealthService {
  readonly #serving = new Map<string, boolean>();
  readonly #watchers = new Map<string, Set<MessageStream>>();

  /** @param names the services that exist from the start, not serving; all others are unknown */
  constructor(names: readonly string[]) {
    for (const name of names) this.#serving.set(name, false);
  }

  /** Tells the watchers of `name` when its status changes. */
  set(name: string, serving: boolean): void {
    if (this.#serving.get(name) === serving) return;
    this.#serving.set(name, serving);
    for (const watcher of this.#watchers.get(name) ?? []) watcher.send(encodeStatus(this.#status(name)));
  }

  /** Ends every Watch stream after its last status. For draining. */
  endWatches(): void {
    for (const watchers of [...this.#watchers.values()]) for (const watcher of [...watchers]) watcher.end();
    this.#watchers.clear();
  }

  methods(): readonly GrpcMethod[] {
    return [
      unary(`/${HEALTH_SERVICE_NAME}/Check`, (request) => this.#check(serviceName(request))),
      unary(`/${HEALTH_SERVICE_NAME}/List`, () => this.#list()),
      {
        kind: "stream",
        path: `/${HEALTH_SERVICE_NAME}/Watch`,
        requestStream: false,
        open: (stream) => this.#watch(stream),
      },
    ];
  }

  #check(name: string): Buffer {
    if (!this.#serving.has(name)) {
      throw new ServeError("NOT_FOUND", `Unknown service '${name.slice(0, 200).toWellFormed()}'`);
    }
    return encodeStatus(this.#status(name));
  }

  #list(): Buffer {
    return Buffer.concat([...this.#serving.keys()].map((name) => encodeListEntry(name, this.#status(name))));
  }

  #watch(stream: MessageStream): StreamListener {
    let forget = (): void => {};
    return {
      onMessage: (request) => {
        const name = serviceName(request);
        let watchers = this.#watchers.get(name);
        if (watchers === undefined) {
          watchers = new Set();
          this.#watchers.set(name, watchers);
        }
        const mine = watchers.add(stream);
        forget = () => {
          mine.delete(stream);
          // Clients choose the names, so empty sets must not pile up.
          if (mine.size === 0 && this.#watchers.get(name) === mine) this.#watchers.delete(name);
        };
        stream.send(encodeStatus(this.#status(name)));
      },
      onEnd: () => {},
      onClosed: () => forget(),
    };
  }

  #status(name: string): number {
    const serving = this.#serving.get(name);
    if (serving === undefined) return SERVICE_UNKNOWN;
    return serving ? SERVING : NOT_SERVING;
  }
}

/** HealthCheckRequest {1 service}. @throws ServeError INVALID_ARGUMENT */
function serviceName(request: Buffer): string {
  const reader = new WireReader().reset(request, 0, request.length);
  let name = "";
  try {
    while (reader.position < reader.end) {
      const tag = reader.readTag();
      if (tag === SERVICE) name = readText(reader, "a service");
      else reader.skip(tag);
    }
  } catch (error) {
    if (error instanceof WireError) throw new ServeError("INVALID_ARGUMENT", "Malformed HealthCheckRequest");
    throw error;
  }
  return name;
}

/** HealthCheckResponse {1 status}. */
function encodeStatus(value: number): Buffer {
  return Buffer.of(0x08, value);
}

/** HealthListResponse {1 map<string, HealthCheckResponse>}; our names are short. */
function encodeListEntry(name: string, value: number): Buffer {
  const key = Buffer.from(name);
  return Buffer.concat([Buffer.of(0x0a, key.length + 6, 0x0a, key.length), key, Buffer.of(0x12, 2, 0x08, value)]);
}
