/** Whether a file that an option names can be read. */
import { accessSync, constants } from "node:fs";

/** @returns the system's code of what stands against it, such as ENOENT; undefined when nothing does */
export function unreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unknown error";
  }
}
