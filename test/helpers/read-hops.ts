/** The text of `feast-sidecar-budget`: microseconds by hop, `sum` and `left` among them. */
export function readHops(text: string): Record<string, number> {
  const items = text === "" ? [] : text.split(",");
  return Object.fromEntries(items.map((item) => [item.split("=")[0] ?? "", Number(item.split("=")[1])]));
}
