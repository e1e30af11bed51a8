/** Feature views that the configuration names and the registry does not have: said once, for the registry changes. */
export class UnknownViews {
  readonly #names: readonly string[];
  #unknown: readonly string[] = [];

  /** @param names as written below `sidecar.cache.views`, `sidecar.budget.views` or `sidecar.freshness.views` */
  constructor(names: Iterable<string>) {
    this.#names = [...names];
  }

  /** @param knowsView of the registry in use @returns names that were not unknown in the one before */
  look(knowsView: (name: string) => boolean): readonly string[] {
    const before = this.#unknown;
    this.#unknown = this.#names.filter((name) => !knowsView(name));
    return this.#unknown.filter((name) => !before.includes(name));
  }
}
