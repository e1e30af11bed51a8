/** Follows the status events of a running sidecar's admin port. */
import { type ClientRequest, request } from "node:http";
import type { ListenAddress } from "../model/listen-address.ts";
import type { StatusSnapshot } from "../telemetry/status/status-snapshot.ts";
import { socketOf } from "./server-address.ts";

export interface EventReader {
  readonly onStatus: (status: StatusSnapshot) => void;
  /** It could not be reached, refused, or went away: a sentence. Nothing comes any more. */
  readonly onEnd: (why: string) => void;
}

/** A healthy sidecar says something each second. */
const SILENT_MS = 5000;
const DATA = "data: ";

/** @returns what ends it, silently */
export function readEvents(address: ListenAddress, reader: EventReader): () => void {
  let isOver = false;
  const end = (why: string): void => {
    if (isOver) return;
    isOver = true;
    call.destroy();
    reader.onEnd(why);
  };
  const call: ClientRequest = request({ ...socketOf(address), path: "/events", timeout: SILENT_MS }, (response) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      text += chunk;
      if (response.statusCode !== 200 || isOver) return;
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      try {
        for (const event of events) {
          if (event.startsWith(DATA)) reader.onStatus(JSON.parse(event.slice(DATA.length)) as StatusSnapshot);
        }
      } catch {
        end("this is no event stream of feast-sidecar");
      }
    });
    response.on("error", (error) => end(error.message));
    response.on("end", () =>
      end(response.statusCode === 200 ? "the stream ended" : `${response.statusCode} ${text.trim()}`),
    );
  });
  call.on("timeout", () => end(`nothing heard for ${SILENT_MS / 1000} s`));
  call.on("error", (error) => end(error.message || error.name));
  call.end();
  return () => {
    isOver = true;
    call.destroy();
  };
}
