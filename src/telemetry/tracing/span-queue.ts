/**
 * Spans wait here for others, and batches for the one before them. What has no room, or is not taken by the receiver, is dropped and counted.
 * Batches are ready bytes: handing one over takes what a call takes, whatever its size.
 */
import type { SpanBatch, SpanEncoder } from "./span-writer.ts";

/** `ExportResultCode.SUCCESS` of @opentelemetry/core. */
const SUCCESS = 0;

/** Spans that a receiver has not taken of a batch that it has. */
export interface SpanRejection {
  readonly spans: number;
  readonly reason: string;
}

export interface ExportResult {
  /** 0 = the batch was taken. */
  readonly code: number;
  readonly error?: Error;
  readonly rejected: SpanRejection;
}

export interface SpanExport {
  /** @param done always called */
  export(batch: SpanBatch, done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

export interface SpanQueueOptions {
  /** That may wait; more are dropped. */
  readonly maxQueueSpans: number;
  /** So many are sent at once. */
  readonly maxBatchSpans: number;
  /** The first of a batch waits so long for others. */
  readonly scheduleDelayMs: number;
}

export class SpanQueue {
  readonly #encoder: SpanEncoder;
  readonly #options: SpanQueueOptions;
  readonly #export: SpanExport;
  readonly #onDropped: (spans: number, reason: string) => void;
  readonly #batches: SpanBatch[] = [];
  #waiting = 0;
  #isSending = false;
  #timer: NodeJS.Timeout | undefined;
  #whenEmpty: (() => void) | undefined;
  sent = 0;
  dropped = 0;

  /**
   * @param encoder of the spans that this is told of
   * @param onDropped told of spans that the receiver did not take, and of its words
   */
  constructor(
    encoder: SpanEncoder,
    options: SpanQueueOptions,
    sender: SpanExport,
    onDropped: (spans: number, reason: string) => void,
  ) {
    this.#encoder = encoder;
    this.#options = options;
    this.#export = sender;
    this.#onDropped = onDropped;
  }

  /** Asked before spans are written. @returns false = there is no room, and they are counted as dropped */
  admits(spans: number): boolean {
    if (this.#waiting + this.#encoder.spans + spans <= this.#options.maxQueueSpans) return true;
    this.dropped += spans;
    return false;
  }

  /** After each span. */
  ended(): void {
    if (this.#encoder.spans >= this.#options.maxBatchSpans) {
      this.#seal();
      // Not while a call is being answered.
      if (!this.#isSending) setImmediate(() => this.#send());
    } else if (this.#timer === undefined) {
      this.#timer = setTimeout(() => this.#flush(), this.#options.scheduleDelayMs);
      this.#timer.unref();
    }
  }

  /** Sends what waits, and closes the exporter. */
  async shutdown(): Promise<void> {
    this.#flush();
    if (this.#isSending) await new Promise<void>((resolve) => (this.#whenEmpty = resolve));
    await this.#export.shutdown();
  }

  #flush(): void {
    this.#seal();
    this.#send();
  }

  #seal(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#encoder.take();
    if (batch === undefined) return;
    this.#batches.push(batch);
    this.#waiting += batch.spans;
  }

  #send(): void {
    if (this.#isSending) return;
    const batch = this.#batches.shift();
    if (batch === undefined) {
      this.#whenEmpty?.();
      return;
    }
    this.#isSending = true;
    this.#waiting -= batch.spans;
    this.#export.export(batch, ({ code, error, rejected }) => {
      const dropped = code === SUCCESS ? Math.min(rejected.spans, batch.spans) : batch.spans;
      this.sent += batch.spans - dropped;
      this.dropped += dropped;
      if (dropped > 0) this.#onDropped(dropped, error?.message ?? rejected.reason);
      this.#isSending = false;
      // A receiver that is away answers at once: no batch after batch in one turn.
      setImmediate(() => this.#send());
    });
  }
}
