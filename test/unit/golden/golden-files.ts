/** The files that `test/conformance/feast/golden.py` wrote by real Feast. The repositories beside them: test/helpers/feature-repository.ts. */
import { readFileSync } from "node:fs";

const FOLDER = new URL("../../fixtures/golden/", import.meta.url);

/** How an exception of Python is noted in a golden file. */
export interface PythonError {
  readonly class: string;
  readonly text: string;
}

/**
 * A golden file as JSON. The type is the caller's word: a file of another form fails the tests that read it.
 * @param name relative to the golden folder
 */
export function readGolden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")) as T;
}
