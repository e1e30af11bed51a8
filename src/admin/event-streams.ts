/** `/events`: server-sent events, one snapshot a second, made once for all who listen and not at all when nobody does. */
import type { ServerResponse } from "node:http";
import type { StatusSnapshot } from "../telemetry/status/status-snapshot.ts";

/** More would be a mistake, and each of them costs. */
const MOST_STREAMS = 16;
const EVERY_MS = 1000;

export class EventStreams {
  readonly #status: () => StatusSnapshot;
  readonly #open = new Set<ServerResponse>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(status: () => StatusSnapshot) {
    this.#status = status;
  }

  /** Answers with a stream. @returns false, and has done nothing, when there are too many, or no more are to come */
  begin(response: ServerResponse): boolean {
    if (this.#isClosed || this.#open.size >= MOST_STREAMS) return false;
    this.#open.add(response);
    response.on("close", () => this.#left(response));
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    response.write(eventText(this.#status()));
    this.#timer ??= setInterval(() => this.#tell(), EVERY_MS).unref();
    return true;
  }

  /** Ends all of them; no new ones come. */
  close(): void {
    this.#isClosed = true;
    for (const response of this.#open) response.end();
  }

  #tell(): void {
    const text = eventText(this.#status());
    // Who does not read gets nothing more, and is cut when the connection has been still for long.
    for (const response of this.#open) if (!response.writableNeedDrain) response.write(text);
  }

  #left(response: ServerResponse): void {
    this.#open.delete(response);
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** JSON has no raw line ends, so that it is one line of an event. */
function eventText(snapshot: StatusSnapshot): string {
  return `data: ${JSON.stringify(snapshot)}\n\n`;
}
