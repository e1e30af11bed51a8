/** How topologies ask servers; control/control-connection.ts does it, tests stand in for it. */
import type { RedisAddress } from "../../../model/redis-settings.ts";
import type { ControlConnection, ControlEvents } from "../control/control-connection.ts";

export type NodeLink = Pick<ControlConnection, "who" | "isUp" | "start" | "ask" | "close">;

/** Makes a connection that is not started yet: to a sentinel with the sentinels' credentials and TLS, to a node with the nodes'. */
export type OpenLink = (address: RedisAddress, events: ControlEvents) => NodeLink;
