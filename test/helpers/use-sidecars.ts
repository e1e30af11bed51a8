/** For a test file: repositories and servers that are stopped and removed after each test, whether it passed or not. */
import { afterEach } from "vitest";
import {
  copyRepository,
  type GoldenRepository,
  type RepositoryCopy,
  type RepositoryOptions,
} from "./feature-repository.ts";
import { type SidecarOptions, startSidecar, type TestSidecar } from "./start-sidecar.ts";

export interface StartOptions extends Omit<SidecarOptions, "repo">, RepositoryOptions {
  /** Default: `sqlite`. */
  readonly golden?: GoldenRepository;
  /** A repository made before, in place of a new copy. */
  readonly repo?: RepositoryCopy;
}

export interface Sidecars {
  repository(golden?: GoldenRepository, options?: RepositoryOptions): RepositoryCopy;
  start(options?: StartOptions): Promise<TestSidecar>;
  /** Runs after the test, last one first, before the servers are stopped. */
  atEnd(cleanup: () => unknown): void;
}

/** Each server must end with exit code 0, in time, having printed one line: {@link TestSidecar.stop}. */
export function useSidecars(): Sidecars {
  const repos: RepositoryCopy[] = [];
  const sidecars: TestSidecar[] = [];
  const cleanups: (() => unknown)[] = [];
  const repository: Sidecars["repository"] = (golden = "sqlite", options = {}) => {
    const repo = copyRepository(golden, options);
    repos.push(repo);
    return repo;
  };
  afterEach(async () => {
    const ends = [...cleanups.splice(0).reverse(), ...sidecars.splice(0).map((sidecar) => () => sidecar.stop())];
    const failures: unknown[] = [];
    for (const end of ends) {
      try {
        await end();
      } catch (error) {
        failures.push(error);
      }
    }
    for (const repo of repos.splice(0)) repo.remove();
    if (failures.length > 0) throw failures[0];
  });
  return {
    repository,
    start: async ({ golden, repo, sidecar, redisPort, ...options } = {}) => {
      const copy =
        repo ??
        repository(golden, {
          ...(sidecar !== undefined && { sidecar }),
          ...(redisPort !== undefined && { redisPort }),
        });
      const started = await startSidecar({ ...options, repo: copy.dir });
      sidecars.push(started);
      return started;
    },
    atEnd: (cleanup) => cleanups.push(cleanup),
  };
}
