/** Feature views that the configuration names and the registry does not have: said once, for the registry changes. */
import type { RegistrySnapshot } from "./model/snapshot.ts";
import { isStorageName } from "./model/stored-view.ts";

export class UnknownViews {
  readonly #names: readonly string[];
  #unknown: readonly string[] = [];

  /** @param names as written below `sidecar.cache.views` */
  constructor(names: Iterable<string>) {
    this.#names = [...names];
  }

  /** @returns names that were not unknown in the snapshot before */
  look(snapshot: RegistrySnapshot): readonly string[] {
    const before = this.#unknown;
    this.#unknown = this.#names.filter((name) => !isStorageName(snapshot, name));
    return this.#unknown.filter((name) => !before.includes(name));
  }
}
