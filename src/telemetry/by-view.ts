/** Figures by feature view: names of views come out of the registry, and a label must not have any number of values. */

const MAX_VIEWS = 200;
const OTHER = "other";

export class ByView<T> {
  readonly #make: () => T;
  readonly #figures = new Map<string, T>();

  /** @param make the figures of a view that nothing was counted of yet */
  constructor(make: () => T) {
    this.#make = make;
  }

  /** The figures of a view; those after the first 200 have theirs together, under `other`. */
  of(view: string): T {
    let figures = this.#figures.get(view);
    if (figures !== undefined) return figures;
    if (this.#figures.size >= MAX_VIEWS && view !== OTHER) return this.of(OTHER);
    figures = this.#make();
    this.#figures.set(view, figures);
    return figures;
  }

  /** In the order in which views came. */
  entries(): IterableIterator<[view: string, figures: T]> {
    return this.#figures.entries();
  }
}
