/**
 * `grpc.health.v1.Health`: Check, List and Watch over a small table of names. Its messages are two fields, written by hand.
 * Watch streams would outlive a drain, so `endWatches` closes them.
 */
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type Server,
  type ServerWritableStream,
  status,
} from "@grpc/grpc-js";
import { ServeError } from "../../model/serve-error.ts";
import { WIRE_BYTES, WireReader } from "../wire-reader.ts";
import { rawMethod } from "./raw-method.ts";

export const HEALTH_SERVICE_NAME = "grpc.health.v1.Health";

/** `HealthCheckResponse.ServingStatus`. */
const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;

type Watcher = ServerWritableStream<Buffer, Buffer>;

export class HealthService {
  readonly #serving = new Map<string, boolean>();
  readonly #watchers = new Map<string, Set<Watcher>>();

  /** @param names the services that exist from the start, not serving; all others are unknown */
  constructor(names: readonly string[]) {
    for (const name of names) this.#serving.set(name, false);
  }

  /** Tells the watchers of `name` when its status changes. */
  set(name: string, serving: boolean): void {
    if (this.#serving.get(name) === serving) return;
    this.#serving.set(name, serving);
    for (const watcher of this.#watchers.get(name) ?? []) watcher.write(encodeStatus(this.#status(name)));
  }

  /** Ends every Watch stream, after a last status; later ones end at once. For draining. */
  endWatches(): void {
    for (const watchers of this.#watchers.values()) for (const watcher of watchers) watcher.end();
    this.#watchers.clear();
  }

  addTo(server: Server): void {
    server.addService(
      {
        Check: rawMethod(`/${HEALTH_SERVICE_NAME}/Check`),
        List: rawMethod(`/${HEALTH_SERVICE_NAME}/List`),
        Watch: rawMethod(`/${HEALTH_SERVICE_NAME}/Watch`, { responseStream: true }),
      },
      { Check: this.#check, List: this.#list, Watch: this.#watch },
    );
  }

  readonly #check: handleUnaryCall<Buffer, Buffer> = (call, callback) => {
    const name = serviceName(call.request);
    if (name === undefined) {
      callback(refusal(status.INVALID_ARGUMENT, "Malformed HealthCheckRequest"));
    } else if (!this.#serving.has(name)) {
      callback(refusal(status.NOT_FOUND, `Unknown service '${name.slice(0, 200)}'`));
    } else callback(null, encodeStatus(this.#status(name)));
  };

  readonly #list: handleUnaryCall<Buffer, Buffer> = (_call, callback) => {
    const entries = [...this.#serving.keys()].map((name) => encodeListEntry(name, this.#status(name)));
    callback(null, Buffer.concat(entries));
  };

  readonly #watch: handleServerStreamingCall<Buffer, Buffer> = (call) => {
    const name = serviceName(call.request);
    if (name === undefined) {
      call.emit("error", refusal(status.INVALID_ARGUMENT, "Malformed HealthCheckRequest"));
      return;
    }
    let watchers = this.#watchers.get(name);
    if (watchers === undefined) {
      watchers = new Set();
      this.#watchers.set(name, watchers);
    }
    watchers.add(call);
    const forget = (): void => {
      watchers.delete(call);
      // Clients choose the names, so empty sets must not pile up.
      if (watchers.size === 0 && this.#watchers.get(name) === watchers) this.#watchers.delete(name);
    };
    call.on("cancelled", forget);
    call.on("close", forget);
    call.write(encodeStatus(this.#status(name)));
  };

  #status(name: string): number {
    const serving = this.#serving.get(name);
    if (serving === undefined) return SERVICE_UNKNOWN;
    return serving ? SERVING : NOT_SERVING;
  }
}

function refusal(code: status, details: string): { code: status; details: string; metadata: Metadata } {
  return { code, details: details.toWellFormed(), metadata: new Metadata() };
}

/** HealthCheckRequest {1 service}; undefined = not one. */
function serviceName(request: Buffer): string | undefined {
  const reader = new WireReader(request, 0, request.length);
  let name = "";
  try {
    while (reader.at < reader.end) {
      reader.tag();
      if (reader.field === 1 && reader.wireType === WIRE_BYTES) name = reader.string("service");
      else reader.skip();
    }
  } catch (error) {
    if (error instanceof ServeError) return undefined;
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
