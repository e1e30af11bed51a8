/** Writes a column of serialized `feast.types.Value` messages into one growing buffer. */
import type { ValueColumn } from "../model/request.ts";
import { MAX_VARINT_BYTES, writeVarint, writeVarint64 } from "../wire/write-varint.ts";

export class ColumnWriter {
  #bytes: Buffer;
  #length = 0;
  readonly #spans: Int32Array;
  #row = 0;

  constructor(rows: number) {
    this.#bytes = Buffer.allocUnsafe(16 + rows * 16);
    this.#spans = new Int32Array(rows * 2);
  }

  /** An integer field; negative numbers take ten bytes, as protobuf writes them. */
  integer(field: number, value: bigint): void {
    this.#reserve(2 * MAX_VARINT_BYTES);
    this.#varint(field << 3);
    this.#length = writeVarint64(this.#bytes, this.#length, value);
  }

  bool(field: number, value: boolean): void {
    this.integer(field, value ? 1n : 0n);
  }

  text(field: number, value: string): void {
    const byteLength = Buffer.byteLength(value);
    this.#reserve(2 * MAX_VARINT_BYTES + byteLength);
    this.#varint((field << 3) | 2);
    this.#varint(byteLength);
    this.#length += this.#bytes.write(value, this.#length);
  }

  message(field: number, value: Buffer): void {
    this.#reserve(2 * MAX_VARINT_BYTES + value.length);
    this.#varint((field << 3) | 2);
    this.#varint(value.length);
    this.#length += value.copy(this.#bytes, this.#length);
  }

  double(field: number, value: number): void {
    this.#reserve(MAX_VARINT_BYTES + 8);
    this.#varint((field << 3) | 1);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  float(field: number, value: number): void {
    this.#reserve(MAX_VARINT_BYTES + 4);
    this.#varint((field << 3) | 5);
    this.#length = this.#bytes.writeFloatLE(value, this.#length);
  }

  /** Ends the current row; a row nothing was written to is an unset Value. */
  endRow(): void {
    const start = this.#row === 0 ? 0 : (this.#spans[this.#row * 2 - 1] as number);
    this.#spans[this.#row * 2] = start;
    this.#spans[this.#row * 2 + 1] = this.#length;
    this.#row += 1;
  }

  column(): ValueColumn {
    return { bytes: this.#bytes.subarray(0, this.#length), spans: this.#spans };
  }

  #reserve(byteLength: number): void {
    if (this.#length + byteLength <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + byteLength));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }

  #varint(value: number): void {
    this.#length = writeVarint(this.#bytes, this.#length, value);
  }
}
