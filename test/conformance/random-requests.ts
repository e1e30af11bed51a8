/** Seeded random requests over a repository of the fixture: mostly sensible, some of them broken in one place. */
import type { ManifestColumn, ManifestRepo, ManifestService, ManifestView, TaggedKey } from "./oracle/manifest.ts";

export interface RandomRequest {
  /** JSON text: integers keep all their digits. */
  readonly body: string;
  /** The same request over gRPC; undefined where it has no such form. */
  readonly grpc: Record<string, unknown> | undefined;
}

/** mulberry32: small, and good enough to choose test cases. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A column on its way into a request: JSON texts, and Values as proto-loader takes them. */
interface Column {
  readonly json: readonly string[];
  readonly grpc: readonly Record<string, unknown>[] | undefined;
}

export class RequestGenerator {
  readonly #repo: ManifestRepo;
  readonly #random: () => number;

  constructor(repo: ManifestRepo, random: () => number) {
    this.#repo = repo;
    this.#random = random;
  }

  next(): RandomRequest {
    const byService = this.#chance(0.3);
    const service = byService ? this.#mostlyServable(this.#repo.services) : undefined;
    const { refs, wanted } = service === undefined ? this.#refs() : { refs: [], wanted: service.columns };
    const rows = this.#chance(0.03) ? 0 : 1 + Math.floor(this.#random() * 6);
    const columns = this.#columns(wanted, rows);
    const full = this.#chance(0.6);
    const metadata = this.#chance(0.2);
    return { body: jsonBody(service, refs, columns, full, metadata), grpc: grpcRequest(service, refs, columns, full) };
  }

  #refs(): { refs: string[]; wanted: ManifestColumn[] } {
    const refs: string[] = [];
    const wanted = new Map<string, ManifestColumn>();
    const views = Array.from({ length: 1 + Math.floor(this.#random() * 3) }, () =>
      this.#mostlyServable(this.#repo.views),
    );
    for (const view of views) {
      const count = 1 + Math.floor(this.#random() * 4);
      for (let index = 0; index < count; index += 1) refs.push(this.#ref(view));
      // The same ref twice is a collision; now and then is enough.
      if (this.#chance(0.95)) refs.splice(0, refs.length, ...new Set(refs));
      for (const column of view.columns) wanted.set(column.name, column);
    }
    return { refs: this.#chance(0.02) ? [] : refs, wanted: [...wanted.values()] };
  }

  #ref(view: ManifestView): string {
    const feature = this.#chance(0.03) || view.features.length === 0 ? "no_such" : this.#pick(view.features).name;
    const name = this.#chance(0.02) ? "no_such_view" : view.name;
    const versions = ["", "", "", "", "", "", "", "@latest", "@", "@v0", "@v1", "@V2", "@x"];
    const suffix = this.#chance(0.2) ? this.#pick(versions) : "";
    return this.#chance(0.01) ? name : `${name}${suffix}:${feature}`;
  }

  #columns(wanted: readonly ManifestColumn[], rows: number): Map<string, Column> {
    const columns = new Map<string, Column>();
    for (const column of this.#shuffled(wanted)) {
      if (this.#chance(0.05)) continue;
      columns.set(column.name, this.#keyColumn(column, this.#chance(0.02) ? rows + 1 : rows));
    }
    if (this.#chance(0.1)) {
      const entity = this.#pick(this.#repo.entities);
      const known = this.#repo.keys[entity.joinKey];
      const name = this.#chance(0.3) ? entity.name : entity.joinKey;
      if (known !== undefined && entity.joinKey !== "blob_id") {
        columns.set(name, this.#keyColumn({ name, type: known.type, key: entity.joinKey }, rows));
      }
    }
    if (this.#chance(0.1)) columns.set("unknown_column", { json: this.#loose(rows), grpc: undefined });
    return columns;
  }

  #keyColumn(column: ManifestColumn, rows: number): Column {
    const known = column.key === null ? undefined : this.#repo.keys[column.key];
    if (known === undefined) return { json: Array.from({ length: rows }, () => "1.5"), grpc: undefined };
    if (this.#chance(0.04)) return { json: this.#loose(rows), grpc: undefined };
    const values = Array.from({ length: rows }, () => this.#pick(this.#chance(0.7) ? known.present : known.absent));
    return {
      json: values.map((value) => this.#jsonText(value)),
      // Feast's gRPC server knows only these (feast/infra/contrib/grpc_server.py).
      grpc: values.every((value) => "int64" in value || "int32" in value || "string" in value)
        ? values.map(asValue)
        : undefined,
    };
  }

  /** The value itself, or now and then another JSON form of it. */
  #jsonText(value: TaggedKey): string {
    const [text] = Object.values(value) as [string];
    if ("string" in value || "bytes" in value) return JSON.stringify(text);
    if (this.#chance(0.05)) return JSON.stringify(text);
    if (this.#chance(0.02) && "int64" in value) return `${text}.0`;
    return this.#chance(0.01) ? "null" : text;
  }

  /** Anything a column may hold by mistake; all of one kind, because Python's own words for mixtures are not compared. */
  #loose(rows: number): string[] {
    const kinds = ["1", "2.5", '"x"', "true", "null", '{"a": 1}', "[1, 2]", "[]", "NaN", '" 7 "', "1e30", '"é"'];
    const kind = this.#pick(kinds);
    return Array.from({ length: rows }, () => kind);
  }

  /** Most requests should get an answer, so what real Feast refuses is asked for less often. */
  #mostlyServable<T extends { readonly error: string | null }>(items: readonly T[]): T {
    const servable = items.filter((item) => item.error === null);
    return this.#pick(this.#chance(0.9) && servable.length > 0 ? servable : items);
  }

  #shuffled<T>(items: readonly T[]): T[] {
    const left = [...items];
    const shuffled: T[] = [];
    while (left.length > 0) shuffled.push(...left.splice(Math.floor(this.#random() * left.length), 1));
    return shuffled;
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)] as T;
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }
}

function jsonBody(
  service: ManifestService | undefined,
  refs: readonly string[],
  columns: ReadonlyMap<string, Column>,
  full: boolean,
  metadata: boolean,
): string {
  const entities = [...columns].map(([name, { json }]) => `${JSON.stringify(name)}:[${json.join(",")}]`).join(",");
  const what =
    service === undefined ? `"features":${JSON.stringify(refs)}` : `"feature_service":${JSON.stringify(service.name)}`;
  const flags = `"full_feature_names":${full},"include_feature_view_version_metadata":${metadata}`;
  return `{${what},"entities":{${entities}},${flags}}`;
}

function grpcRequest(
  service: ManifestService | undefined,
  refs: readonly string[],
  columns: ReadonlyMap<string, Column>,
  full: boolean,
): Record<string, unknown> | undefined {
  if ([...columns.values()].some(({ grpc }) => grpc === undefined)) return undefined;
  return {
    ...(service === undefined ? { features: { val: refs } } : { feature_service: service.name }),
    full_feature_names: full,
    entities: Object.fromEntries([...columns].map(([name, { grpc }]) => [name, { val: grpc }])),
  };
}

function asValue(value: TaggedKey): Record<string, unknown> {
  const [[kind, text]] = Object.entries(value) as [[string, string]];
  return { [`${kind}_val`]: text };
}
