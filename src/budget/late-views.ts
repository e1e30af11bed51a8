/** What each view answers that is late, for the registry in use: the policy, and the declared values as bytes. */
import type { BudgetSettings, LatePolicy } from "../model/budget-settings.ts";
import type { LookupView } from "../model/lookup.ts";
import type { RegistrySnapshot } from "../model/snapshot.ts";
import { storedView, writtenFor } from "../model/stored-view.ts";
import { encodeDefault } from "./encode-default.ts";

/** The declared values of a view's slots, as a store would give them. */
export interface DefaultRow {
  readonly bytes: Buffer;
  /** Feature i of the view is `bytes[spans[2i], spans[2i + 1])`. */
  readonly spans: Int32Array;
}

/** A declared value that is of no use. */
export interface UnfitDefault {
  readonly view: string;
  readonly feature: string;
  /** The view has no such feature, or the value is none of its type. */
  readonly reason: "unknown_feature" | "type";
}

export interface LateView {
  readonly policy: LatePolicy;
  /** Serialized Values by feature; those that do not fit are left out. */
  readonly defaults: ReadonlyMap<string, Buffer>;
}

const NO_DEFAULTS: LateView["defaults"] = new Map();

export class LateViews {
  readonly #settings: BudgetSettings;
  readonly #otherwise: LateView;
  #snapshot: RegistrySnapshot | undefined;
  #views = new Map<string, LateView>();
  #rows = new WeakMap<LookupView, DefaultRow>();

  constructor(settings: BudgetSettings) {
    this.#settings = settings;
    this.#otherwise = { policy: settings.onLate, defaults: NO_DEFAULTS };
  }

  /** Some view answers something when it is late. */
  get mayAnswer(): boolean {
    const { onLate, views } = this.#settings;
    return onLate !== "error" || [...views.values()].some((own) => own.onLate !== undefined && own.onLate !== "error");
  }

  /** Another registry is in use. @returns declared values that do not fit it; those of views that it does not have are not among them */
  registryChanged(snapshot: RegistrySnapshot): readonly UnfitDefault[] {
    this.#snapshot = snapshot;
    this.#views = new Map();
    this.#rows = new WeakMap();
    const unfit: UnfitDefault[] = [];
    for (const [view, { defaults }] of this.#settings.views) {
      const known = storedView(snapshot, view);
      if (known === undefined) continue;
      const fitting = this.of(view).defaults;
      for (const feature of defaults.keys()) {
        if (fitting.has(feature)) continue;
        const isKnown = known.features.some(({ name }) => name === feature);
        unfit.push({ view, feature, reason: isKnown ? "type" : "unknown_feature" });
      }
    }
    return unfit;
  }

  /** @param storageName as rows lie in the store; a version has what its view has, unless it is named itself */
  of(storageName: string): LateView {
    let view = this.#views.get(storageName);
    if (view === undefined) {
      view = this.#make(storageName);
      this.#views.set(storageName, view);
    }
    return view;
  }

  /** The declared values of the features asked for; undefined = one of them has none. */
  rowOf(view: LookupView): DefaultRow | undefined {
    let row = this.#rows.get(view);
    if (row === undefined) {
      row = rowOf(view, this.of(view.storageName).defaults);
      if (row !== undefined) this.#rows.set(view, row);
    }
    return row;
  }

  #make(storageName: string): LateView {
    const { views, onLate } = this.#settings;
    const own = writtenFor(views, storageName);
    if (own === undefined) return this.#otherwise;
    const known = this.#snapshot && storedView(this.#snapshot, storageName);
    const defaults = new Map<string, Buffer>();
    for (const { name, valueType } of known?.features ?? []) {
      const value = own.defaults.get(name);
      const bytes = value === undefined ? undefined : encodeDefault(valueType, value);
      if (bytes !== undefined) defaults.set(name, bytes);
    }
    return { policy: own.onLate ?? onLate, defaults };
  }
}

function rowOf({ featureNames }: LookupView, defaults: LateView["defaults"]): DefaultRow | undefined {
  const parts: Buffer[] = [];
  const spans = new Int32Array(2 * featureNames.length);
  let at = 0;
  for (const [index, name] of featureNames.entries()) {
    const bytes = defaults.get(name);
    if (bytes === undefined) return undefined;
    parts.push(bytes);
    spans[2 * index] = at;
    at += bytes.length;
    spans[2 * index + 1] = at;
  }
  return { bytes: Buffer.concat(parts), spans };
}
