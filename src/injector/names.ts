/** What the injector reads and writes on a pod, by name. The Kubernetes domain is the project's own. */

export const DOMAIN = "feast-sidecar.dev/";

/** Label: `"true"` asks for the sidecar. A label, because a webhook's objectSelector does not see annotations. */
export const INJECT_LABEL = `${DOMAIN}inject`;

/** Annotation: what was injected, as JSON. */
export const STATUS_ANNOTATION = `${DOMAIN}status`;

/** The option `sidecar.listen` of the container, which flags would beat. */
export const LISTEN_VARIABLE = "FEAST_SIDECAR__LISTEN";

/** The option `sidecar.admin`: probes and metrics. */
export const ADMIN_VARIABLE = "FEAST_SIDECAR__ADMIN";

/** The option `cache.max_bytes`. */
export const CACHE_VARIABLE = "FEAST_SIDECAR__CACHE__MAX_BYTES";

/** The volume of the Unix socket, where it is mounted, and the socket in it. A socket's path has at most 103 bytes. */
export const SOCKET_VOLUME = "feast-sidecar-socket";
export const SOCKET_DIRECTORY = "/run/feast-sidecar";
export const SOCKET_PATH = `${SOCKET_DIRECTORY}/feast.sock`;

/** A mount path that is {@link SOCKET_DIRECTORY}, however it is written. */
export const SOCKET_PLACE = /^\/+run\/+feast-sidecar\/*$/;

/** `metadata.name` of most kinds, such as a ConfigMap's (RFC 1123 subdomain). */
export const OBJECT_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Name of a container or a volume (RFC 1123 label). */
export const LABEL_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
