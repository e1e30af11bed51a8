/** What the readers ask: services and lists of features that cut the same views differently, so that entries are extended and shared. */
import { FEATURES_PER_VIEW, JOIN_KEY, serviceName, viewName } from "../../bench/data/shape.ts";
import { GetOnlineFeaturesRequest } from "../../src/gen/feast/serving/ServingService.ts";
import { createRandom } from "../helpers/random.ts";
import { ENTITIES, featureOf } from "./hot-data.ts";

/** Features of one view that a question asks for, by their place in the view. */
export interface AskedView {
  readonly view: number;
  readonly features: readonly number[];
}

export interface Question {
  readonly views: readonly AskedView[];
  /** Indexes into `ENTITIES`. */
  readonly entities: readonly number[];
  /** Serialized GetOnlineFeaturesRequest. */
  readonly request: Uint8Array;
}

const ALL = Array.from({ length: FEATURES_PER_VIEW }, (_, at) => at);
/** undefined = the service of all features of view 0. */
const SHAPES: readonly (readonly AskedView[] | undefined)[] = [
  undefined,
  [{ view: 0, features: [0, 1, 2] }],
  [{ view: 0, features: [3] }],
  [
    { view: 0, features: [4, 5, 6, 7, 8, 9] },
    { view: 1, features: [0, 1] },
  ],
  [{ view: 1, features: ALL }],
  [
    { view: 1, features: [9, 8, 7] },
    { view: 2, features: [0, 1, 2, 3, 4] },
  ],
  [{ view: 2, features: [9] }],
  [
    { view: 0, features: ALL },
    { view: 1, features: ALL },
    { view: 2, features: ALL },
  ],
];
const MOST_ENTITIES = 3;
/** One of so many questions asks for every row there is: it sees what is old wherever it is, and keeps the sidecar's loop busy. */
const ALL_ROWS_EVERY = 40;

/** The same questions for the same seed. */
export function makeQuestions(count: number, seed: number): readonly Question[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    if (index % ALL_ROWS_EVERY === 0) return makeQuestion(SHAPES.at(-1), [...ENTITIES.keys()]);
    const views = random.pick(SHAPES);
    const entities = new Set<number>();
    const wanted = 1 + random.below(MOST_ENTITIES);
    while (entities.size < wanted) entities.add(random.below(ENTITIES.length));
    return makeQuestion(views, [...entities]);
  });
}

function makeQuestion(views: readonly AskedView[] | undefined, entities: readonly number[]): Question {
  const names = (views ?? []).flatMap(({ view, features }) =>
    features.map((at) => `${viewName(view)}:${featureOf(view, at)}`),
  );
  const val = entities.map((entity) => ({
    val: { $case: "int64Val" as const, int64Val: BigInt(ENTITIES[entity] as number) },
  }));
  const request = GetOnlineFeaturesRequest.encode({
    kind:
      views === undefined
        ? { $case: "featureService", featureService: serviceName(FEATURES_PER_VIEW) }
        : { $case: "features", features: { val: names } },
    entities: new Map([[JOIN_KEY, { val }]]),
    fullFeatureNames: false,
    requestContext: new Map(),
    includeFeatureViewVersionMetadata: false,
  }).finish();
  return { views: views ?? [{ view: 0, features: ALL }], entities, request };
}
