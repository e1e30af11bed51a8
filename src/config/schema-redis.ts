/** The options below `sidecar.redis`: rows of the table in schema.ts. With another online store they are checked and unused. */
import { absent, option } from "./option-row.ts";
import { addressMap, argumentList, replicaList, sentinelTls } from "./parse-redis-values.ts";
import { duration, durationFrom, filledText, ratio, serverName, text, word } from "./parse-values.ts";

const path = filledText("the path of a file");
const NEEDS_SSL = "Needs `ssl=true` in the connection string.";

export const REDIS_OPTIONS = {
  "redis.read_from": option(
    word("nearest", "replica", "replica_preferred", "primary"),
    "replica_preferred",
    "Which roles may serve reads: `nearest` = any, `replica` = replicas only, `replica_preferred` = the primary only while no replica may serve, `primary` = the primary only. Among those, the quickest node in the same zone is chosen.",
  ),
  "redis.replicas": option(
    replicaList,
    "[]",
    "Replicas of the plain primary in the connection string, for where it does not announce them or under other addresses. Refused with `redis_cluster` and `redis_sentinel`, which say themselves what replicas there are.",
  ),
  "redis.max_lag": option(
    durationFrom("10ms"),
    "1s",
    "A replica that was last level with its primary longer ago than this is not read, while a node that is nearer may serve. Sampled four times in this time.",
  ),
  "redis.node_timeout": option(
    duration("refused"),
    "5ms",
    "How long a read waits for a connection that is being made, and for a silent node before it is repeated on another one.",
  ),
  "redis.hedge.max_ratio": option(
    ratio,
    "0.05",
    "Share of reads that may be sent to a second node while the first has not answered yet; 0 = never.",
  ),
  "redis.hedge.min_delay": option(
    duration("allowed"),
    "1ms",
    "A second read is never sent earlier than this after the first; otherwise after the recent 95th percentile of the nodes.",
  ),
  "redis.retry.max_ratio": option(
    ratio,
    "0.2",
    "Share of reads that may be repeated once on another node, after a broken connection, a refusal such as LOADING, or `node_timeout` of silence; 0 = never.",
  ),
  "redis.tls.server_name": absent(
    serverName,
    `Name to ask for (SNI) and to check in the certificate of every node, discovered ones too. Absent = the host of the first node in the connection string. ${NEEDS_SSL}`,
  ),
  "redis.tls.ca": absent(
    path,
    `CAs (PEM, relative to the repository) that sign the nodes' certificates, in place of \`ssl_ca_certs\` or the system's. Read anew when it changes. ${NEEDS_SSL}`,
  ),
  "redis.tls.cert": absent(
    path,
    `Client certificate (PEM, relative to the repository), in place of \`ssl_certfile\`; with \`key\`. Read anew when it changes. ${NEEDS_SSL}`,
  ),
  "redis.tls.key": absent(
    path,
    "Key (PEM, relative to the repository) of the client certificate; may be the same file as `cert`.",
  ),
  "redis.sentinel.username": absent(
    text,
    "ACL user toward the sentinels. The options of the connection string do not apply to them, as in redis-py.",
  ),
  "redis.sentinel.password": absent(text, "Password toward the sentinels."),
  "redis.sentinel.tls": absent(
    sentinelTls,
    "TLS toward the sentinels; absent = cleartext, `{}` = TLS with the system's CAs. Keys as in `redis.tls`; certificates are always verified.",
  ),
  "redis.address_map": option(
    addressMap,
    "{}",
    "Addresses that sentinels, cluster and primaries announce → addresses to connect to instead, for NAT and port forwarding. An announced address that is not listed is used as it is.",
  ),
  "redis.credential_command": option(
    argumentList,
    "[]",
    'Program and arguments, run without a shell and for at most 5 s, whose output is `{"username": …, "password": …, "expires_at": …}` or one line with the password. It takes the place of the password in the connection string and runs again before the credentials expire. A program with a slash in its path is relative to the repository.',
  ),
} as const;
