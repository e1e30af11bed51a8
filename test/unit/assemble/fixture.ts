/** Bound requests and rows for the tests of this room. */
import type { AssembleOptions } from "../../../src/assemble/assemble.ts";
import type { AnswerShape, BoundRequest, OutputFeature } from "../../../src/model/bound-request.ts";
import type { RowBlock } from "../../../src/model/lookup.ts";
import type { ValueColumn } from "../../../src/model/request.ts";
import { surfaceRules } from "../../../src/model/surface.ts";

export const RULES = surfaceRules({ statuses: "per_surface", coerceGrpcKeys: false, stateGate: "per_surface" });

export const OPTIONS: AssembleOptions = {
  rules: RULES.http,
  absentCells: "not_found",
  nowSeconds: 1_700_000_000.5,
  maxResponseBytes: 1 << 26,
};

/** A stored cell: bytes, or null = absent. */
export type StoredCell = Buffer | null;

export interface ViewRows {
  readonly features: readonly string[];
  readonly ttlSeconds?: number;
  /** Per key: the cells of the features, then the timestamp. */
  readonly rows: readonly (readonly StoredCell[])[];
}

/** One lookup per view, rows straight to keys unless `rowToKey` says otherwise. */
export function boundOf(
  views: readonly ViewRows[],
  parts: {
    readonly rows?: number;
    readonly rowToKey?: readonly number[];
    readonly echoes?: readonly { readonly name: string; readonly values: readonly Buffer[] }[];
    readonly viewVersions?: AnswerShape["viewVersions"];
  } = {},
): { bound: BoundRequest; blocks: RowBlock[] } {
  const rows = parts.rowToKey?.length ?? parts.rows ?? views[0]?.rows.length ?? 0;
  const outputs = views.flatMap(({ features, ttlSeconds = 0 }, lookup) =>
    features.map(
      (name, slot): OutputFeature => ({ name, lookup, view: 0, slot, timestampSlot: features.length, ttlSeconds }),
    ),
  );
  const echoes = parts.echoes ?? [];
  const shape: AnswerShape = {
    echoNames: echoes.map(({ name }) => name),
    outputs,
    viewVersions: parts.viewVersions ?? [],
    precomputed: undefined,
  };
  const bound: BoundRequest = {
    shape,
    rows,
    echoes: echoes.map(({ values }) => columnOf(values)),
    lookups: views.map(({ features, rows: keys }) => ({
      shape: {
        views: [{ storageName: "v", featureNames: features, firstSlot: 0, timestampSlot: features.length }],
        stride: features.length + 1,
      },
      keys: keys.map((_, index) => Buffer.from([index])),
    })),
    rowToKey: views.map(() => Int32Array.from(parts.rowToKey ?? Array.from({ length: rows }, (_, row) => row))),
  };
  return { bound, blocks: views.map(({ rows: keys }) => blockOf(keys)) };
}

/** Every row in a buffer of its own, with bytes around the cells that belong to nobody. */
export function blockOf(rows: readonly (readonly StoredCell[])[]): RowBlock {
  const spans: number[] = [];
  const sources = rows.map((cells) => {
    let at = 1;
    for (const cell of cells) {
      if (cell === null) spans.push(-1, -1);
      else spans.push(at, at + cell.length);
      at += cell?.length ?? 0;
    }
    return Buffer.concat([Buffer.from([0xff]), ...cells.filter((cell) => cell !== null), Buffer.from([0xff])]);
  });
  return { sources, spans: Int32Array.from(spans) };
}

export function columnOf(values: readonly Buffer[]): ValueColumn {
  let at = 0;
  const spans = values.flatMap((value) => {
    at += value.length;
    return [at - value.length, at];
  });
  return { bytes: Buffer.concat(values), spans: Int32Array.from(spans) };
}

export const fromBase64 = (text: string): Buffer => Buffer.from(text, "base64");

/** A serialized google.protobuf.Timestamp of whole seconds below 2^32. */
export function timestampBytes(seconds: number): Buffer {
  const bytes = [0x08];
  for (let rest = seconds; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 0x80);
  }
}
