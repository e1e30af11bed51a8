/** Chooses the topology by `redis_type`. */
import type { RedisSettings } from "../../../model/redis-settings.ts";
import type { StoreDeps } from "../../store-deps.ts";
import type { AddressMap } from "../control/address-map.ts";
import { ControlConnection } from "../control/control-connection.ts";
import type { RedisLogin } from "../redis-login.ts";
import { ClusterTopology } from "./cluster-topology.ts";
import type { OpenLink } from "./node-link.ts";
import { PlainTopology } from "./plain-topology.ts";
import { SentinelTopology } from "./sentinel-topology.ts";
import type { Topology, TopologyEvents } from "./topology.ts";

/** Nothing is connected before `start()`. */
export function openTopology(
  settings: RedisSettings,
  addressMap: AddressMap,
  login: RedisLogin,
  deps: StoreDeps,
  events: TopologyEvents,
): Topology {
  const { kind, clientName, connectTimeoutMs } = settings;
  const openLink =
    (to: "redis" | "sentinel"): OpenLink =>
    (address, linkEvents) => {
      const parts = to === "sentinel" ? login.forSentinels : login.forNodes;
      return new ControlConnection({ kind: to, address, ...parts, clientName, connectTimeoutMs }, deps, linkEvents);
    };
  switch (kind) {
    case "plain":
      return new PlainTopology(settings, addressMap, deps, events);
    case "sentinel":
      return new SentinelTopology(settings, addressMap, openLink("sentinel"), deps, events);
    case "cluster":
      return new ClusterTopology(settings, addressMap, openLink("redis"), deps, events);
  }
}
