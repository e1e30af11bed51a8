/**
 * The floor under every server: answers of the right size, made before, over hand-written HTTP/2 frames; headers are stepped over, not
 * decoded, and windows are not looked at (the load client's are endless). Also the control that a latency bar is read beside.
 *
 *     node bench/baseline/echo.ts      prints {"event":"listening","data":["127.0.0.1:PORT"]}
 */
import { createServer, type Socket } from "node:net";
import { int64Value, lengthField, timestamp } from "../data/encode.ts";
import {
  eventSeconds,
  FEATURE_COUNTS,
  FEATURES_PER_VIEW,
  featureName,
  JOIN_KEY,
  serviceName,
  storedValue,
} from "../data/shape.ts";
import { FrameFlag, FrameType, frame, grpcMessage, hpackText, PREFACE, settings } from "../load/http2-frames.ts";

const MAX_FRAME_BYTES = 16_384;
const STATUS_200 = Buffer.from([0x88]);
const RESPONSE_BLOCK = Buffer.concat([STATUS_200, Buffer.from([0x0f, 0x10]), hpackText("application/grpc")]);
const TRAILER_BLOCK = Buffer.concat([Buffer.from([0]), hpackText("grpc-status"), hpackText("0")]);
/** Of requests that were read, given back at once: small as they are, the window never runs dry. */
const WINDOW_STEP = 32_768;

/** The answer for entities 0 … rows − 1, in frames whose stream number is still to be set. */
interface Template {
  readonly bytes: Buffer;
  /** Where the stream numbers stand. */
  readonly streamAt: readonly number[];
}

const templates = new Map<string, Template>();

function templateFor(features: number, rows: number): Template {
  const id = `${features} ${rows}`;
  let template = templates.get(id);
  if (template === undefined) {
    template = makeTemplate(answer(features, rows));
    templates.set(id, template);
  }
  return template;
}

function answer(features: number, rows: number): Buffer {
  const entities = Array.from({ length: rows }, (_, row) => row);
  const names = [JOIN_KEY, ...Array.from({ length: features }, (_, feature) => featureName(feature))];
  const column = (value: (entity: number) => number, time: (entity: number) => Buffer): Buffer =>
    lengthField(
      2,
      Buffer.concat([
        ...entities.map((entity) => lengthField(1, int64Value(value(entity)))),
        lengthField(2, Buffer.alloc(rows, 1)),
        ...entities.map((entity) => lengthField(3, time(entity))),
      ]),
    );
  const nameList = Buffer.concat(names.map((name) => lengthField(1, Buffer.from(name))));
  const columns = Array.from({ length: features }, (_, feature) =>
    column(
      (entity) => storedValue(entity, feature),
      (entity) => timestamp(eventSeconds(entity, Math.floor(feature / FEATURES_PER_VIEW))),
    ),
  );
  const keys = column(
    (entity) => entity,
    () => Buffer.alloc(0),
  );
  return Buffer.concat([lengthField(1, lengthField(1, nameList)), keys, ...columns]);
}

function makeTemplate(message: Buffer): Template {
  const framed = grpcMessage(message);
  const frames = [frame(FrameType.HEADERS, FrameFlag.END_HEADERS, 0, RESPONSE_BLOCK)];
  for (let at = 0; at < framed.length; at += MAX_FRAME_BYTES) {
    frames.push(frame(FrameType.DATA, 0, 0, framed.subarray(at, at + MAX_FRAME_BYTES)));
  }
  frames.push(frame(FrameType.HEADERS, FrameFlag.END_HEADERS | FrameFlag.END_STREAM, 0, TRAILER_BLOCK));
  let at = 5;
  const streamAt = frames.map(({ length }) => {
    at += length;
    return at - length;
  });
  return { bytes: Buffer.concat(frames), streamAt };
}

const SERVICES = FEATURE_COUNTS.map((features) => ({ features, name: Buffer.from(serviceName(features)) }));

/** The service by its name, the rows by counting length-delimited cells behind the name of the column. */
function templateOf(message: Buffer): Template {
  const nameLength = message[6] as number;
  const service = SERVICES.find(
    ({ name }) => name.length === nameLength && name.equals(message.subarray(7, 7 + nameLength)),
  );
  if (service === undefined) throw new Error("not a request of the bench");
  let at = 7 + nameLength + 1;
  while ((message[at++] as number) >= 0x80);
  at += 2 + JOIN_KEY.length + 1;
  while ((message[at++] as number) >= 0x80);
  let rows = 0;
  for (; at < message.length; at += 2 + (message[at + 1] as number)) rows += 1;
  return templateFor(service.features, rows);
}

function serve(socket: Socket): void {
  let rest: Buffer | undefined;
  let prefaceSeen = false;
  let unreturned = 0;
  let out: Buffer[] = [frame(FrameType.SETTINGS, 0, 0, settings([]).subarray(9))];
  const onFrame = (bytes: Buffer, at: number, end: number): void => {
    const type = bytes[at + 3];
    const flags = bytes[at + 4] as number;
    const ack = (flags & FrameFlag.ACK) !== 0;
    if (type === FrameType.SETTINGS && !ack) out.push(frame(FrameType.SETTINGS, FrameFlag.ACK, 0, Buffer.alloc(0)));
    else if (type === FrameType.PING && !ack) {
      out.push(frame(FrameType.PING, FrameFlag.ACK, 0, bytes.subarray(at + 9, end)));
    } else if (type === FrameType.DATA && end > at + 9) {
      const { bytes: template, streamAt } = templateOf(bytes.subarray(at + 9, end));
      const copy = Buffer.allocUnsafe(template.length);
      template.copy(copy);
      for (const position of streamAt) bytes.copy(copy, position, at + 5, at + 9);
      out.push(copy);
      unreturned += end - at - 9;
    }
  };
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    if (!prefaceSeen && bytes.length >= PREFACE.length) {
      prefaceSeen = true;
      at = PREFACE.length;
    }
    while (prefaceSeen && bytes.length - at >= 9) {
      const end = at + 9 + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      onFrame(bytes, at, end);
      at = end;
    }
    rest = at === bytes.length ? undefined : bytes.subarray(at);
    if (unreturned >= WINDOW_STEP) {
      const window = Buffer.alloc(4);
      window.writeUInt32BE(unreturned);
      unreturned = 0;
      out.push(frame(FrameType.WINDOW_UPDATE, 0, 0, window));
    }
    if (out.length > 0) socket.write(out.length === 1 ? (out[0] as Buffer) : Buffer.concat(out));
    out = [];
  });
}

const server = createServer(serve);
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  process.stdout.write(`${JSON.stringify({ event: "listening", data: [`127.0.0.1:${port}`], pid: process.pid })}\n`);
});
