/** Counts whole values in a stream of Redis' protocol, RESP 2 and 3, whichever way it goes; of a list it tells the second member. */

const CR = 0x0d;
const PUSH = 0x3e;
const MAP = 0x25;
const LISTS = "*~>%";
const TEXTS = "$=!";

/** @param second of a command its key @param isPush it answers no command */
export type OnValue = (second: Buffer | undefined, isPush: boolean) => void;

export class RespValues {
  readonly #onValue: OnValue;
  #rest: Buffer = Buffer.alloc(0);
  /** Members that each list that is open still waits for. */
  readonly #open: number[] = [];
  #isPush = false;
  #members = 0;
  #second: Buffer | undefined;

  constructor(onValue: OnValue) {
    this.#onValue = onValue;
  }

  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (let next = this.#read(bytes, at); next > 0; next = this.#read(bytes, at)) at = next;
    this.#rest = Buffer.from(bytes.subarray(at));
  }

  /** One line, with the text behind it. @returns where the next begins; 0 = some of it has not come */
  #read(bytes: Buffer, at: number): number {
    const lineEnd = bytes.indexOf(CR, at);
    if (lineEnd < 0 || lineEnd + 1 >= bytes.length) return 0;
    const type = bytes[at] as number;
    const size = Number(bytes.toString("latin1", at + 1, lineEnd));
    const from = lineEnd + 2;
    if (this.#open.length === 0) {
      this.#isPush = type === PUSH;
      this.#members = 0;
      this.#second = undefined;
    }
    if (LISTS.includes(String.fromCharCode(type)) && size > 0) {
      this.#open.push(type === MAP ? 2 * size : size);
      return from;
    }
    if (!TEXTS.includes(String.fromCharCode(type)) || size < 0) {
      this.#valueEnded(undefined);
      return from;
    }
    const to = from + size;
    if (to + 2 > bytes.length) return 0;
    this.#valueEnded(bytes.subarray(from, to));
    return to + 2;
  }

  #valueEnded(text: Buffer | undefined): void {
    const open = this.#open;
    if (open.length === 1) {
      this.#members += 1;
      if (this.#members === 2 && text !== undefined) this.#second = Buffer.from(text);
    }
    while (open.length > 0) {
      open.push((open.pop() as number) - 1);
      if ((open.at(-1) as number) > 0) return;
      open.pop();
    }
    this.#onValue(this.#second, this.#isPush);
  }
}
