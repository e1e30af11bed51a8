/** A batch of spans on its way, of which those that cannot be sent are counted. */
import type { Context } from "@opentelemetry/api";
import type { ReadableSpan, Span, SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace";

/** `ExportResultCode.SUCCESS` of @opentelemetry/core. */
const SUCCESS = 0;

/** Before a batch processor: spans for which its queue has no room are dropped here, where they are counted. */
export class CountedQueue implements SpanProcessor {
  readonly #maxSpans: number;
  readonly #next: SpanProcessor;
  #waiting = 0;
  sent = 0;
  /** No room, or the receiver did not take them. */
  dropped = 0;

  /**
   * @param maxSpans that may wait
   * @param queueOver makes the processor that sends them through the exporter given
   */
  constructor(maxSpans: number, exporter: SpanExporter, queueOver: (exporter: SpanExporter) => SpanProcessor) {
    this.#maxSpans = maxSpans;
    this.#next = queueOver({
      export: (spans, done) => {
        this.#waiting -= spans.length;
        exporter.export(spans, (result) => {
          if (result.code === SUCCESS) this.sent += spans.length;
          else this.dropped += spans.length;
          done(result);
        });
      },
      shutdown: () => exporter.shutdown(),
      forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    });
  }

  onStart(span: Span, parent: Context): void {
    this.#next.onStart(span, parent);
  }

  onEnd(span: ReadableSpan): void {
    if (this.#waiting >= this.#maxSpans) {
      this.dropped += 1;
      return;
    }
    this.#waiting += 1;
    this.#next.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#next.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#next.shutdown();
  }
}
