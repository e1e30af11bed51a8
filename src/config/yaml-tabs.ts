/** Tabs between tokens: the `yaml` package allows some, PyYAML none (yaml/scanner.py:Scanner.fetch_more_tokens). */
import { CST, Lexer } from "yaml";

/** @returns offset of the first tab outside quotes, comments and block scalars; undefined when there is none */
export function findForbiddenTab(text: string): number | undefined {
  if (!text.includes("\t")) return undefined;
  let offset = 0;
  let inScalar = false;
  let inBlockScalar = false;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    if (!inScalar && type === "scalar") {
      // A marker of no width: the next token is a plain scalar, or the body of a block scalar.
      inScalar = true;
      continue;
    }
    if (!inScalar && (type === "doc-mode" || type === "flow-error-end")) continue;
    const checked = inScalar ? !inBlockScalar : type === "space";
    const tab = checked ? token.indexOf("\t") : -1;
    if (tab >= 0) return offset + tab;
    if (inScalar) inBlockScalar = false;
    inScalar = false;
    if (type === "block-scalar-header") inBlockScalar = true;
    offset += token.length;
  }
  return undefined;
}
