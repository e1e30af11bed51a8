/** A registry in a local file: one serialized `feast.core.Registry` (feast/infra/registry/file.py:FileRegistryStore). */
import { type FileHandle, open, stat } from "node:fs/promises";
import { Registry } from "../gen/feast/core/Registry.ts";
import type { RegistryLoad, RegistrySource } from "./registry-source.ts";

/** Feast rewrites the file in place, so a read can meet a write; so often is it tried again at once. */
const MAX_READS = 3;

export class LocalFileSource implements RegistrySource {
  readonly #path: string;

  /** @param path absolute; the file is never created, unlike Feast, which makes an empty one (feast/infra/registry/registry.py:Registry.__init__) */
  constructor(path: string) {
    this.#path = path;
  }

  describe(): string {
    return this.#path;
  }

  /** @throws Error naming the file: missing, not readable, not a regular file, empty, or not a registry */
  async load(previous?: string, signal?: AbortSignal): Promise<RegistryLoad | "unchanged"> {
    // Before opening, because opening a named pipe would wait for its writer.
    const before = await this.#explained(() => stat(this.#path, { bigint: true }));
    if (!before.isFile()) throw this.#error("it is not a regular file");
    if (fileToken(before) === previous) return "unchanged";
    const { bytes, token } = await this.#explained(() => this.#read(signal));
    if (bytes.length === 0) throw this.#error("the file is empty; `feast apply` writes a registry there");
    try {
      return { registry: Registry.decode(bytes), token };
    } catch (cause) {
      throw this.#error("its content is not a serialized feast.core.Registry", cause);
    }
  }

  async #read(signal: AbortSignal | undefined): Promise<{ bytes: Buffer; token: string }> {
    const file = await open(this.#path, "r");
    try {
      return await readStable(file, signal);
    } finally {
      await file.close();
    }
  }

  async #explained<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (cause) {
      throw this.#error(reasonOf(cause), cause);
    }
  }

  #error(reason: string, cause?: unknown): Error {
    return new Error(
      `Registry file ${this.#path} cannot be read: ${reason}.`,
      cause === undefined ? undefined : { cause },
    );
  }
}

/** Reads until the file's state is the same before and after: half a registry may well parse. */
async function readStable(
  file: FileHandle,
  signal: AbortSignal | undefined,
): Promise<{ bytes: Buffer; token: string }> {
  for (let reads = 0; reads < MAX_READS; reads++) {
    signal?.throwIfAborted();
    const before = await file.stat({ bigint: true });
    const bytes = Buffer.allocUnsafeSlow(Number(before.size));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    const token = fileToken(await file.stat({ bigint: true }));
    if (bytesRead === bytes.length && token === fileToken(before)) return { bytes, token };
  }
  throw new Error("it is being written");
}

function fileToken(state: { mtimeNs: bigint; size: bigint; ino: bigint }): string {
  return `${state.mtimeNs}:${state.size}:${state.ino}`;
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  switch ("code" in cause ? cause.code : undefined) {
    case "ENOENT":
    case "ENOTDIR":
      return "it does not exist; run `feast apply`, or correct `registry` in feature_store.yaml";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    default:
      return cause.message;
  }
}
