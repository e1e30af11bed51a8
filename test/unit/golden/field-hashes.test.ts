/** Names of fields in Redis hashes against Feast's own (feast/infra/online_stores/helpers.py:_mmh3). */
import { expect, test } from "vitest";
import { featureField, timestampField } from "../../../src/store/redis/field-hash.ts";
import { readGolden } from "./golden-files.ts";

interface FieldHashCase {
  readonly view: string;
  readonly feature: string;
  readonly hex: string;
  readonly timestampField: string;
}

test.each(readGolden<readonly FieldHashCase[]>("field-hashes.json"))("field of $view:$feature", (golden) => {
  expect({
    hex: featureField(golden.view, golden.feature).toString("hex"),
    timestampField: timestampField(golden.view),
  }).toEqual({ hex: golden.hex, timestampField: golden.timestampField });
});
