/** The options that hold addresses. */
import { ADDRESS_FORMS, type ListenAddress, parseListenAddress } from "../model/listen-address.ts";
import type { InnerFault, Kind, Parsed } from "./parse-values.ts";
import { isList, type YamlNode } from "./yaml-value.ts";

/** One address. */
export const address: Kind<ListenAddress> = { expected: ADDRESS_FORMS, fromText: "text", parse: parseAddress };

/** One address, or `disabled` (undefined). */
export const addressOrDisabled: Kind<ListenAddress | undefined> = {
  expected: `${ADDRESS_FORMS}, or disabled`,
  fromText: "text",
  parse: (node) => (node.value === "disabled" ? { ok: true, value: undefined } : parseAddress(node)),
};

/** One address, or nothing (undefined). */
export const addressOrNone: Kind<ListenAddress | undefined> = {
  expected: `${ADDRESS_FORMS}, or nothing`,
  fromText: "text",
  parse: (node) => (node.value === "" ? { ok: true, value: undefined } : parseAddress(node)),
};

/** At least one address; a single one needs no list. */
export const addresses: Kind<readonly ListenAddress[]> = {
  expected: `a list of addresses, each ${ADDRESS_FORMS} (in quotes when it begins with a bracket)`,
  fromText: "yaml",
  parse(node) {
    if (!isList(node.value)) {
      const single = parseAddress(node);
      return single.ok ? { ok: true, value: [single.value] } : single;
    }
    const nodes = node.value.items;
    if (nodes.length === 0) return { ok: false, why: "there is no address to listen on" };
    const found: ListenAddress[] = [];
    const inside: InnerFault[] = [];
    for (const [index, each] of nodes.entries()) {
      const parsed = parseAddress(each);
      if (parsed.ok) found.push(parsed.value);
      else {
        const why = parsed.why === undefined ? undefined : `address ${index + 1}: ${parsed.why}`;
        inside.push({ path: "", node: each, line: each.line, expected: addresses.expected, why });
      }
    }
    return inside.length === 0 ? { ok: true, value: found } : { ok: false, inside };
  },
};

function parseAddress({ value }: YamlNode): Parsed<ListenAddress> {
  return typeof value === "string" ? parseListenAddress(value) : { ok: false };
}
