/** Environment variables in the raw text of feature_store.yaml, before it is parsed. */

/** Variables by name; an undefined one does not exist. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Replaces `$NAME` and `${NAME}` as Python's os.path.expandvars does (feast/repo_config.py:load_repo_config): an unknown
 * variable stays as it is, there is no escape and no default syntax, and comments and quotes make no difference.
 * Values are not searched again.
 */
export function substituteEnvironment(text: string, env: Environment): string {
  return text.replace(
    /\$(?:([A-Za-z0-9_]+)|\{([^}]*)\})/g,
    (whole, bare: string | undefined, braced: string | undefined) => {
      const name = bare ?? braced ?? "";
      return Object.hasOwn(env, name) ? (env[name] ?? whole) : whole;
    },
  );
}
