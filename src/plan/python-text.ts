/** Feast's error sentences print Python values; these print them the same way. */

/** Python's `repr` of a str: single quotes unless only those occur inside; control characters escaped. */
export function pythonRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = quote;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (char === quote || char === "\\") out += `\\${char}`;
    else if (char === "\n") out += "\\n";
    else if (char === "\r") out += "\\r";
    else if (char === "\t") out += "\\t";
    else if (code < 0x20 || code === 0x7f || (code >= 0x80 && code <= 0xa0) || code === 0xad)
      out += `\\x${code.toString(16).padStart(2, "0")}`;
    else if (code >= 0xd800 && code <= 0xdfff) out += `\\u${code.toString(16)}`;
    else out += char;
  }
  return out + quote;
}

/** Python's `repr` of a list of str. */
export function pythonListRepr(items: readonly string[]): string {
  return `[${items.map(pythonRepr).join(", ")}]`;
}

/** Order of Python's `sorted` on str: by code point, where JavaScript's default is by UTF-16 unit. */
export function sortedByCodePoint(items: Iterable<string>): string[] {
  return [...items].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Python's UnicodeEncodeError for a str with lone surrogates: the first run of them, by code point position. */
export function surrogateSentence(text: string): string {
  const points = [...text].map((char) => char.codePointAt(0) ?? 0);
  const isSurrogate = (code: number | undefined): boolean => code !== undefined && code >= 0xd800 && code <= 0xdfff;
  const start = points.findIndex(isSurrogate);
  let end = start;
  while (isSurrogate(points[end + 1])) end += 1;
  const which =
    end === start
      ? `character '\\u${(points[start] ?? 0).toString(16)}' in position ${start}`
      : `characters in position ${start}-${end}`;
  return `'utf-8' codec can't encode ${which}: surrogates not allowed`;
}
