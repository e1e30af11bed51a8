/** Names of environment variables: `sidecar.cache.max_bytes` is `FEAST_SIDECAR__CACHE__MAX_BYTES`. */
import { GROUP_PATHS, OPTION_PATHS } from "./schema.ts";

/** Names with one underscore are not ours: Kubernetes sets `FEAST_SIDECAR_PORT` for a Service of that name. */
export const ENVIRONMENT_PREFIX = "FEAST_SIDECAR__";

/** @param path key path below `sidecar` */
export function environmentName(path: string): string {
  return ENVIRONMENT_PREFIX + path.toUpperCase().replaceAll(".", "__");
}

/** Name → path, of options and of groups (whose variable holds a map). */
export const PATH_BY_ENVIRONMENT_NAME: ReadonlyMap<string, string> = new Map(
  [...OPTION_PATHS, ...GROUP_PATHS].map((path) => [environmentName(path), path]),
);
