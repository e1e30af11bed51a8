/** HPACK's Huffman code (RFC 7541, appendix B), decoded four bits at a time. */
import { ConnectionError, ErrorCode } from "./frames.ts";

/** Code length of each symbol, EOS last, as a letter: `A` is 5 bits. The code is canonical, so lengths are all there is to it. */
const LENGTHS =
  "ISXXXXXXXTZXXZXXXXXXXXZXXXXXXXXXBFFHIBDGFFDGDBBBAAABBBBBBBCDKBHFIBCCCCCCCCCCCCCCCCCCCCCCDCDIOIJBKABABABBBACCBBBABCBAABCCCCCKGJI" +
  "XPRPPRRRSRSSSSSTSTTRSTSSSSQRSRSSTRQPRRSSQSRRTQRSSQQRQSRSSPRRRSRRSVVPORSRUVVVWWVTUOQVWWVWTQQVVXWWWPTPQRQQSRRUUTTVSVWVVWWWWWXWWWWWVZ";
const EOS = 256;
const STATES = 256;

/** For state × 16 + nibble: the next state in the low byte, then flags, then a symbol. */
const STEPS = new Uint32Array(STATES * 16);
const EMITS = 0x100;
const FAILS = 0x200;
const SYMBOL_SHIFT = 16;
/** 1 for states in which a string may end: at most seven bits, all ones, since the last symbol. */
const MAY_END = new Uint8Array(STATES);
build();

function build(): void {
  // The tree: two slots per inner node; a child is another node's index, or -1 - symbol.
  const tree = new Int32Array(STATES * 2);
  let nodes = 1;
  const symbols = Array.from(LENGTHS, (_, symbol) => symbol).sort((a, b) => bitsOf(a) - bitsOf(b) || a - b);
  let code = 0;
  let length = bitsOf(symbols[0] as number);
  for (const symbol of symbols) {
    code *= 2 ** (bitsOf(symbol) - length);
    length = bitsOf(symbol);
    let node = 0;
    for (let bit = length - 1; bit > 0; bit--) {
      const slot = node * 2 + ((code >>> bit) & 1);
      if (tree[slot] === 0) tree[slot] = nodes++;
      node = tree[slot] as number;
    }
    tree[node * 2 + (code & 1)] = -1 - symbol;
    code++;
  }
  for (let node = 0, depth = 0; depth < 8; depth++) {
    MAY_END[node] = 1;
    node = tree[node * 2 + 1] as number;
  }
  for (let state = 0; state < STATES; state++) {
    for (let nibble = 0; nibble < 16; nibble++) STEPS[state * 16 + nibble] = step(tree, state, nibble);
  }
}

/** The shortest code has five bits, so four bits end at most one symbol. */
function step(tree: Int32Array, state: number, nibble: number): number {
  let node = state;
  let emitted = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const child = tree[node * 2 + ((nibble >>> bit) & 1)] as number;
    if (child >= 0) {
      node = child;
      continue;
    }
    const symbol = -1 - child;
    if (symbol === EOS) return FAILS;
    emitted = EMITS | (symbol << SYMBOL_SHIFT);
    node = 0;
  }
  return node | emitted;
}

function bitsOf(symbol: number): number {
  return LENGTHS.charCodeAt(symbol) - 0x41 + 5;
}

/**
 * Decodes `source[from, to)` to the start of `target`, which must hold 8/5 of it.
 * @returns how many bytes were written
 * @throws ConnectionError for EOS in the text or padding that is none
 */
export function decodeHuffman(source: Buffer, from: number, to: number, target: Buffer): number {
  let state = 0;
  let at = 0;
  for (let index = from; index < to; index++) {
    const byte = source[index] as number;
    const high = STEPS[state * 16 + (byte >>> 4)] as number;
    if ((high & EMITS) !== 0) target[at++] = high >>> SYMBOL_SHIFT;
    const low = STEPS[(high & 0xff) * 16 + (byte & 15)] as number;
    if ((low & EMITS) !== 0) target[at++] = low >>> SYMBOL_SHIFT;
    if (((high | low) & FAILS) !== 0) throw new ConnectionError(ErrorCode.COMPRESSION_ERROR, "EOS in a Huffman string");
    state = low & 0xff;
  }
  if (MAY_END[state] === 0) throw new ConnectionError(ErrorCode.COMPRESSION_ERROR, "bad padding of a Huffman string");
  return at;
}
