/** Lookup shapes as the cache reads them, derived once per shape. */
import type { LookupShape, LookupView } from "../model/lookup.ts";
import type { FieldList, ViewState, ViewTable } from "./view-table.ts";

/** One view of a shape. */
export class ReadView {
  readonly state: ViewState;
  readonly names: readonly string[];
  readonly firstSlot: number;
  readonly timestampSlot: number;
  #fields: FieldList;
  #lastFrom: FieldList | undefined;
  #lastMap: Int32Array | undefined;
  readonly #maps = new WeakMap<FieldList, { readonly map: Int32Array | undefined }>();

  constructor(state: ViewState, { featureNames, firstSlot, timestampSlot }: LookupView) {
    this.state = state;
    this.names = featureNames;
    this.firstSlot = firstSlot;
    this.timestampSlot = timestampSlot;
    this.#fields = state.listOf(featureNames);
  }

  /** What a command of this shape reads of the view. */
  get fields(): FieldList {
    if (this.#fields.isDropped) this.#fields = this.state.listOf(this.names);
    return this.#fields;
  }

  /**
   * Where rows that were read with other fields have this view's: place i of the map is the place in `from` of feature i.
   * @returns undefined when they lack one of them
   */
  mapFrom(from: FieldList): Int32Array | undefined {
    if (from === this.#lastFrom) return this.#lastMap;
    let known = this.#maps.get(from);
    if (known === undefined) {
      known = { map: this.#makeMap(from) };
      this.#maps.set(from, known);
    }
    this.#lastFrom = from;
    this.#lastMap = known.map;
    return known.map;
  }

  #makeMap(from: FieldList): Int32Array | undefined {
    const map = new Int32Array(this.names.length);
    for (const [index, name] of this.names.entries()) {
      const place = from.places.get(name);
      if (place === undefined) return undefined;
      map[index] = place;
    }
    return map;
  }
}

export interface ReadShape {
  readonly shape: LookupShape;
  readonly views: readonly ReadView[];
  readonly hasDisabled: boolean;
  /** A view occurs twice (under two aliases whose keys are the same): its rows are read with the fields of both. */
  readonly hasTwice: boolean;
}

/** Shapes of loads: as many as there are combinations of views and fields that entries lack. */
const MAX_LOAD_SHAPES = 1024;

export class ReadShapes {
  readonly #views: ViewTable;
  readonly #known = new WeakMap<LookupShape, ReadShape>();
  readonly #loads = new Map<string, ReadShape>();

  constructor(views: ViewTable) {
    this.#views = views;
  }

  of(shape: LookupShape): ReadShape {
    let known = this.#known.get(shape);
    if (known === undefined) {
      const views = shape.views.map((view) => new ReadView(this.#views.of(view.storageName), view));
      const states = new Set(views.map((view) => view.state));
      known = {
        shape,
        views,
        hasDisabled: views.some((view) => view.state.isDisabled),
        hasTwice: states.size < views.length,
      };
      this.#known.set(shape, known);
    }
    return known;
  }

  /** The shape that reads these fields, the same object each time: stores remember commands by it. */
  forLoad(lists: readonly FieldList[]): ReadShape {
    let key = "";
    for (const list of lists) key += `${list.id} `;
    let known = this.#loads.get(key);
    if (known === undefined) {
      if (this.#loads.size >= MAX_LOAD_SHAPES) this.#loads.clear();
      known = this.of(layOut(lists));
      this.#loads.set(key, known);
    }
    return known;
  }
}

function layOut(lists: readonly FieldList[]): LookupShape {
  const views: LookupView[] = [];
  let slot = 0;
  for (const { view, names } of lists) {
    const timestampSlot = slot + names.length;
    views.push({ storageName: view.storageName, featureNames: names, firstSlot: slot, timestampSlot });
    slot = timestampSlot + 1;
  }
  return { views, stride: slot };
}
