/** golden-values.json, typed; made by make-golden.py from real Feast. */
import golden from "./golden-values.json" with { type: "json" };

export interface GoldenResponse {
  readonly rows: number;
  readonly echoes: readonly { readonly name: string; readonly values: readonly string[] }[];
  readonly views: readonly {
    readonly timestamps: readonly string[];
    readonly features: readonly { readonly name: string; readonly cells: readonly (string | null)[] }[];
  }[];
  readonly versions: readonly (readonly [name: string, version: number])[];
  readonly response: string;
  readonly json: string;
}

export const goldenValues: readonly { readonly name: string; readonly value: string; readonly json: string | null }[] =
  golden.values;
export const goldenZoned: readonly { readonly seconds: string; readonly zone: string; readonly text: string | null }[] =
  golden.zoned;
export const goldenTimestamps: readonly { readonly timestamp: string; readonly text: string | null }[] =
  golden.timestamps;
export const goldenResponses = golden.responses as unknown as readonly GoldenResponse[];
export const goldenVectors: {
  readonly nowSeconds: number;
  readonly outputs: readonly { readonly name: string; readonly ttlSeconds: number }[];
  readonly cases: readonly {
    readonly name: string;
    readonly vectors: readonly (string | null)[];
    readonly rowToKey: readonly number[];
    readonly response: string | null;
  }[];
} = golden.vectors;
