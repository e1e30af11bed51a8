/** `top`: the status page's figures, live in a terminal. */
import { parseArgs } from "node:util";
import type { ListenAddress } from "../model/listen-address.ts";
import type { StatusSnapshot } from "../telemetry/status/status-snapshot.ts";
import { ExitCode } from "./exit-code.ts";
import { readEvents } from "./read-events.ts";
import { serverAddress } from "./server-address.ts";
import type { SignalInbox } from "./signal-inbox.ts";
import { topFrame } from "./top-frame.ts";
import { parsed } from "./usage-error.ts";

export const TOP_USAGE = `top [--admin ADDR] [--once]
    Shows where the time of a running sidecar's calls goes, live; q leaves. With --once, or where there is no terminal, one frame.`;

const DEFAULT_ADMIN = "127.0.0.1:9566";
const PLAIN_COLUMNS = 120;
const AGAIN_MS = 1000;
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const CTRL_C = "\x03";

/** @returns exit code 0, or 1 when no sidecar could be asked */
export async function topCommand(args: readonly string[], signals: SignalInbox): Promise<number> {
  const { values } = parsed(() =>
    parseArgs({ args: [...args], options: { admin: { type: "string" }, once: { type: "boolean" } } }),
  );
  const text = values.admin ?? DEFAULT_ADMIN;
  const address = serverAddress(text, "--admin");
  const first = await firstStatus(address);
  if (typeof first === "string") {
    process.stderr.write(`feast-sidecar: ${text}: ${first}\n`);
    return ExitCode.FAILED;
  }
  const isLive = process.stdout.isTTY && process.stdin.isTTY && values.once !== true;
  if (isLive) await live(address, first, signals);
  else {
    const lines = topFrame(first, {
      columns: process.stdout.columns ?? PLAIN_COLUMNS,
      rows: Number.POSITIVE_INFINITY,
      isColoured: process.stdout.isTTY === true,
      notice: "",
    });
    process.stdout.write(`${lines.join("\n")}\n`);
  }
  return ExitCode.OK;
}

/** @returns a sentence when there is none */
function firstStatus(address: ListenAddress): Promise<StatusSnapshot | string> {
  return new Promise((resolve) => {
    const stop = readEvents(address, {
      onStatus: (status) => {
        stop();
        resolve(status);
      },
      onEnd: resolve,
    });
  });
}

/** Draws until somebody leaves; a sidecar that goes away is asked again and again. */
async function live(address: ListenAddress, first: StatusSnapshot, signals: SignalInbox): Promise<void> {
  const { stdin, stdout } = process;
  let latest = first;
  let notice = "";
  let again: NodeJS.Timeout | undefined;
  const draw = (): void => {
    const { columns, rows } = stdout;
    const lines = topFrame(latest, { columns, rows, isColoured: true, notice });
    // Each line over the old one, so that nothing flickers; then what is below.
    stdout.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join("\r\n")}\x1b[J`);
  };
  const follow = (): (() => void) =>
    readEvents(address, {
      onStatus: (status) => {
        latest = status;
        notice = "";
        draw();
      },
      onEnd: (why) => {
        notice = `old figures: ${why}; trying again`;
        draw();
        again = setTimeout(() => {
          stop = follow();
        }, AGAIN_MS);
      },
    });
  stdout.write(ENTER);
  stdin.setRawMode(true).resume().setEncoding("utf8");
  stdout.on("resize", draw);
  draw();
  let stop = follow();
  await new Promise<void>((resolve) => {
    signals.onStop(() => resolve());
    stdin.on("data", (keys: string) => {
      if (keys.includes("q") || keys.includes(CTRL_C)) resolve();
    });
    stdin.on("end", resolve);
  });
  clearTimeout(again);
  stop();
  stdout.off("resize", draw);
  stdin.setRawMode(false).pause();
  stdout.write(LEAVE);
}
