/** A doubly linked list whose links are the things themselves, so that moving one costs no search and no memory. */

export class Link {
  before: Link | undefined = undefined;
  after: Link | undefined = undefined;
}

export class LinkedList<T extends Link> {
  #first: T | undefined;
  #last: T | undefined;

  get last(): T | undefined {
    return this.#last;
  }

  /** Puts a thing that is in no list at the front. */
  addFirst(link: T): void {
    link.before = undefined;
    link.after = this.#first;
    if (this.#first === undefined) this.#last = link;
    else this.#first.before = link;
    this.#first = link;
  }

  /** Takes out a thing that is in this list. */
  remove(link: T): void {
    const { before, after } = link;
    if (before === undefined) this.#first = after as T | undefined;
    else before.after = after;
    if (after === undefined) this.#last = before as T | undefined;
    else after.before = before;
    link.before = undefined;
    link.after = undefined;
  }

  clear(): void {
    this.#first = undefined;
    this.#last = undefined;
  }
}
