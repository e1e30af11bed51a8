/** The routes of Feast's HTTP server (feast/feature_server.py:get_app): the two served here, and where to go for the others. */

export type Route =
  | { readonly kind: "features" }
  | { readonly kind: "health" }
  /** Feast has it, this server does not: 501 with the sentence. */
  | { readonly kind: "elsewhere"; readonly message: string }
  | { readonly kind: "not_found" }
  | { readonly kind: "method_not_allowed"; readonly allow: string };

interface RouteRow {
  readonly path: RegExp;
  readonly methods: readonly string[];
  readonly route: Route;
}

const PUSH = "push with Feast's own server (`feast serve`) or FeatureStore.push of the Python SDK";
const WRITE = "write with Feast's own server (`feast serve`) or FeatureStore.write_to_online_store of the Python SDK";
const MATERIALIZE = "materialize with the `feast` command line or FeatureStore.materialize of the Python SDK";
const SEARCH = "search vectors with Feast's own server (`feast serve`)";
const DOCS = "see https://docs.feast.dev for the API; this server serves POST /get-online-features and GET /health";

const ROUTES: readonly RouteRow[] = [
  { path: /^\/get-online-features$/, methods: ["POST"], route: { kind: "features" } },
  { path: /^\/health$/, methods: ["GET"], route: { kind: "health" } },
  elsewhere(/^\/push$/, ["POST"], PUSH),
  elsewhere(/^\/write-to-online-store$/, ["POST"], WRITE),
  elsewhere(/^\/materialize$/, ["POST"], MATERIALIZE),
  elsewhere(/^\/materialize-incremental$/, ["POST"], MATERIALIZE),
  elsewhere(/^\/search$/, ["POST"], SEARCH),
  elsewhere(/^\/retrieve-online-documents$/, ["POST"], SEARCH),
  elsewhere(/^\/v1\/vector_stores(\/[^/]+)?$/, ["GET"], SEARCH),
  elsewhere(/^\/v1\/vector_stores\/[^/]+\/search$/, ["POST"], SEARCH),
  elsewhere(/^\/chat$/, ["GET", "POST"], "it is a demonstration page of `feast serve`"),
  elsewhere(/^\/(docs|redoc|openapi\.json)$/, ["GET"], DOCS),
];

/** @param target the request target as sent: a path, or an absolute URL, with or without a query */
export function findRoute(method: string, target: string): Route {
  const path = normalizePath(target);
  const row = ROUTES.find((candidate) => candidate.path.test(path));
  if (row === undefined) return { kind: "not_found" };
  if (row.methods.includes(method)) return row.route;
  return { kind: "method_not_allowed", allow: row.methods.join(", ") };
}

/** Clients join a base URL that ends in a slash with a path that starts with one. */
function normalizePath(target: string): string {
  const query = target.search(/[?#]/);
  const whole = query === -1 ? target : target.slice(0, query);
  const path = whole.replace(/^https?:\/\/[^/]*/i, "").replace(/\/{2,}/g, "/");
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

function elsewhere(path: RegExp, methods: readonly string[], hint: string): RouteRow {
  return {
    path,
    methods,
    route: { kind: "elsewhere", message: `feast-sidecar only reads features, it does not serve this route: ${hint}` },
  };
}
