/** SETTINGS: what ours say, and what a client's mean (RFC 9113, section 6.5). */
import { ConnectionError, DEFAULT_MAX_FRAME_BYTES, ErrorCode, MAX_WINDOW_BYTES, SettingId } from "./frames.ts";

const SETTING_BYTES = 6;
const MOST_FRAME_BYTES = 2 ** 24 - 1;

/** Payload of our SETTINGS; what is not in it stays at its default. */
export function settingsPayload(values: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(values.length * SETTING_BYTES);
  values.forEach(([id, value], index) => {
    payload.writeUInt16BE(id, index * SETTING_BYTES);
    payload.writeUInt32BE(value, index * SETTING_BYTES + 2);
  });
  return payload;
}

/** What one SETTINGS frame asks for; undefined = not mentioned. */
export interface PeerSettings {
  initialWindow: number | undefined;
  maxFrameBytes: number | undefined;
  /** The smallest that the frame has, because the table must shrink that far (RFC 7541, section 4.2). */
  headerTableBytes: number | undefined;
}

/** The last of each counts, so that a frame with thousands costs no more than one. @throws ConnectionError */
export function parseSettings(bytes: Buffer, from: number, to: number): PeerSettings {
  if ((to - from) % SETTING_BYTES !== 0) {
    throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `SETTINGS of ${to - from} bytes`);
  }
  const settings: PeerSettings = { initialWindow: undefined, maxFrameBytes: undefined, headerTableBytes: undefined };
  for (let at = from; at < to; at += SETTING_BYTES) {
    const id = bytes.readUInt16BE(at);
    const value = bytes.readUInt32BE(at + 2);
    if (id === SettingId.INITIAL_WINDOW_SIZE) {
      if (value > MAX_WINDOW_BYTES) throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, "INITIAL_WINDOW_SIZE");
      settings.initialWindow = value;
    } else if (id === SettingId.MAX_FRAME_SIZE) {
      if (value < DEFAULT_MAX_FRAME_BYTES || value > MOST_FRAME_BYTES) {
        throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "MAX_FRAME_SIZE");
      }
      settings.maxFrameBytes = value;
    } else if (id === SettingId.HEADER_TABLE_SIZE) {
      settings.headerTableBytes = Math.min(value, settings.headerTableBytes ?? value);
    } else if (id === SettingId.ENABLE_PUSH && value > 1) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "ENABLE_PUSH");
    }
  }
  return settings;
}
