"""Writes pyyaml-cases.json beside itself: what real PyYAML's safe loader makes of each text.

Run: .venv/bin/python test/unit/config/make-pyyaml-cases.py
A value is JSON null, true, false or text, or one of {"int": "8"}, {"float": "0.5"}, {"timestamp": iso}, {"bytes": hex},
{"list": [...]}, {"map": [[key, value], ...]}, {"set": [...]}, {"tuple": [...]}; an error has the line that PyYAML names, where it names one.
"""

import datetime
import json
import pathlib

import yaml

SCALARS = """yes Yes YES yEs y Y no No NO n N on On ON off Off OFF true True TRUE tRue false False FALSE
~ null Null NULL nUll None none
0 00 010 -010 +010 08 09 0o10 0_7 0_ 1__ 1_000 _1 12 -12 +12 -0 --1 0b101 -0b11 0b1_0 0b2 0b_ 0B1 0x1F 0xff 0x 0xFG -0x10 0X1F
1:30 1:60 190:20:30 0:30 -1:30 1:30:59 12:30:45 127.0.0.1:6566 localhost:6566 1:59. 1:30.5 190:20:30.15
1.0 1. .5 -.5 +.5 . .. 0. 1e5 1.5e5 1.5e+5 1.e+5 1E+3 1.5E-3 -1.5e+3 1_000.5 6.8523015e+5 12e03
.inf -.inf +.inf .Inf .INF .iNf .nan .NaN .NAN -.nan inf nan
2024-01-02 2024-1-2 2024-13-01 2024-02-30 2024-02-29 2023-02-29 0000-01-01 2001-12-14t21:59:43.10-05:00 2001-12-14T21:59:43Z
2001-12-15T2:59:43 2001-12-15T02:59:43.1234567 2001-12-15T25:00:00 2001-12-15T02:59:43+24:00 2001-12-15T02:59:43-00:00
2001-12-15T02:59:43+5 2001-12-15T02:59:43-05:30 2001-12-15T02:59:43. 2001-12-15T02:59:60
tRUE -0x1f 0_8 123456789012345678901234567890 1e3 1.5e3 1.5e+3 1.0E-5 -.INF 1.5.2 1e+3 12:30 12:30:45.5 0:0 nULL 2024-13-02
2024-01-02T03:04:05Z 2024-01-02T03:04:05.678+02:00 10ms $FOO ${FOO} !
= << 5s 500us 10m 32MiB 5% a#b a:b a=b $X ${X} ${X:-y} 1.2.3 10.0.0.1 [::1]:6566 - -- -a ? ?a : :a :: !a !!str &a *a @a `a %a ,a ]a }a |a >a 'a"'""".split()

DOCUMENTS = [
    "", "# only a comment\n", "---\n", "---\na: 1\n", "a: 1\n---\nb: 2\n", "a: 1\n...\n", "--- a\n", "a: 1\n--- \n", "\ufeffa: 1\n",
    "%YAML 1.1\n---\na: 010\n", "%YAML 1.2\n---\na: 010\n",
    "a: 1 # c\n", "a: x #c\n", "a: x#c\n", "a: 'x #c'\n", "a:\n", "a: \nb:\n", "a: b: c\n", "a: 'b: c'\n", "a: http://h:80/p\n",
    "a: 'x''y'\n", "a: \"x\\ty\\n\\x41\\u00e9\\U0001F600\\/\\\"\"\n", "a: \"x\\q\"\n", "a: 'no'\nb: \"010\"\nc: no\n",
    "a: |\n  x\n   y\n\nb: 1\n", "a: |-\n  x\n  y\n", "a: |+\n  x\n\nb: 1\n", "a: >\n  x\n  y\n\n  z\n", "a: >-\n  010\n", "a: |2\n   x\n",
    "a: x\n  y\n  z\n", "a:\n  x\n  y\n", "a: 1\n  2\n", "- a\n- b\n", "- a\n b\n", "a:\n- b\n- c\n", "a:\n  - b\n  -c\n", "- - a\n  - b\n- c: d\n  e: f\n",
    "a: [1, 010, x, yes, 1.5, ~, ]\n", "a: [1,,2]\n", "a: [1,\n  2]\n", "a: [b\n]\n", "a: [x y, 'z']\n", "a: [127.0.0.1:6566, 'unix:/x']\n",
    "a: [unix:/run/x.sock]\n", "a: [[::1]:6566]\n", "a: ['[::1]:6566']\n", "a: [a: 1, b]\n", "a: [?]\n", "a: {b, c: }\n", "a: {b: 1, c: {d: [e]}}\n",
    "a: {b:1}\n", "a: {\"b\":1}\n", "a: {b: 1\n", "a: [1\n", "a: 'x\n", "a: {}\nb: []\n", "{a: 1, a: 2}\n",
    "wait: {wait: 0s, timeout: 5s}\n", "on: 1\noff: 2\n", "yes: a\nno: b\n", "1: a\n1.0: b\ntrue: c\n", "null: a\n~: b\n", "010: a\n8: b\n", "1.5: a\n",
    "a: 1\na: 2\n", "a: 1\nb: 2\na: 3\n", "a: {x: 1}\na: {y: 2}\n", "? a\n: b\n", "? a\n? b\n", "? [a]\n: b\n", "? {a: 1}\n: b\n", "a: 1\nb\n", "a: 1\n b: 2\n",
    "a: &x 1\nb: *x\n", "a: &x {p: 1}\nb: *x\n", "a: *x\n", "a: &x 1\nb: &x 2\n", "a: &x\nb: *x\n", "a: &x *x\n", "&k a: 1\nb: *k\n", "a: &x b\n*x : c\n",
    "base: &b {p: 1, q: 2}\nd: {<<: *b, q: 3}\n", "base: &b {p: 1, q: 2}\nd:\n  q: 3\n  <<: *b\n", "a: &a {xx: 1}\nb: &b {xx: 2}\nc: {<<: [*a, *b]}\n",
    "a: &a {xx: 1}\nb: &b {xx: 2}\nc: {<<: [*a, *b, *a]}\n", "a: &a {x: 1}\nb: &b {x: 2}\nc: {<<: [*a, *b]}\n", "a: &a {xx: 1}\nb: &b {xx: 2}\nc: {<<: *a, <<: *b}\n",
    "a: &a {1: x}\nb: &b {1: y, 12: z}\nc: {<<: [*a, *b]}\n", "a: &a {12: x}\nb: &b {12: y}\nc: {<<: [*a, *b]}\n", "a: &a {xx: 1}\nb: &b {<<: *a, yy: 2}\nc: {<<: *b, zz: 3}\n",
    "<<: {p: 1}\np: 2\n", "<<: [{p: 1}, 2]\n", "<<: 1\n", "<<:\n", "'<<': {p: 1}\n", "a: <<\n", "a: [<<]\n", "=: 1\n", "a: =\n", "a: '='\n",
    "a: !!str 010\n", "a: !!int '010'\n", "a: !!int x\n", "a: !!float 5\n", "a: !!float 1e3\n", "a: !!bool 'yes'\n", "a: !!bool maybe\n", "a: !!null x\n",
    "a: !!timestamp '2024-01-02'\n", "a: !!timestamp x\n", "a: !!binary aGVsbG8=\n", "a: ! 12\n", "a: ! '12'\n", "a: !!str\n", "a: !!str [x]\n", "a: !!map [x]\n", "a: !!seq {x: 1}\n",
    "a: !!map {x: 1}\n", "a: !!seq [x]\n", "a: !foo b\n", "a: !foo [b]\n", "a: !!python/object:os.system x\n", "a: !<tag:yaml.org,2002:int> '5'\n",
    "a:\tb\n", "a: b\t\n", "a: b\t# c\n", "\ta: b\n", "a:\n\tb: c\n", "a: x\ty\n", "a: 'x\ty'\n", "a: \"x\ty\"\n", "a: b # x\ty\n", "a: |\n  x\ty\n", "a: [b,\tc]\n", "# x\ty\na: 1\n", "a: |\t\n  x\n",
    "a: x\n\t\nb: y\n", "a: \u0007\n", "a: \x7f\n", "a: é\n", "é: 1\n", "a: '\u2014'\n", "a: 2001-12-14 21:59:43.10 -5\n", "a: 2001-12-15 2:59:43.10\n", "a: 12345678901234567890123\n",
    "project: demo\nregistry:\n  path: data/registry.db\n  cache_ttl_seconds: 60\nonline_store:\n  type: redis\n  connection_string: \"localhost:6379,password=a\"\n",
]

# Without a line end.
UNENDED = [
    "2024-01-02 03:04:05", "plain text here", "'single ''quoted'''", '"double \\n \\u017c \\x41 \\0"', '"bad \\q escape"', "'unclosed",
    "[1, two, [3]]", "[1, 2", "{a: 1, b: {c: yes}}", "[a, b,]", "- x\n- y\n-", "a:\n- 1\n- 2", "a: 1\nb:\n  c: 2\n  d: [on, off]", "a: 1\na: 2\na: 3",
    "a: |\n  line one\n  line two\n", "a: |-\n  text\n\n", "a: >\n  folded\n  text\n\n  para\n", "a: |+\n  keep\n\n", "a: |2\n    two\n",
    "base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3", "a: &a {x: 1}\nb: &b {x: 2, z: 3}\nc:\n  <<: [*a, *b]", "use:\n  <<: 5", "use:\n  <<: [1]",
    "a: &x [1]\nb: *x", "a: *missing", "a:\n\tb: 1", "a: b\n c: d", "a: 'x' y", "!!binary aGVsbG8=", "!!binary '@@'", "!!str 010", "!!int '12'",
    "!!int x", "!!float 1", "!!bool yes", "!!bool maybe", "!!null ''", "!!set {a, b}", "!!omap [a: 1, b: 2]", "!!pairs [a: 1, a: 2]",
    "!!timestamp 2024-01-02", "!!python/object:os.system x", "!custom 5", "%YAML 1.1\n---\na: 1", "%YAML 2.0\n---\na: 1", "---\na: 1\n...\n",
    "--- 1\n--- 2", "? [1, 2]\n: x", "{[1]: x}", "1: int key\nyes: bool key\n~: null key\n1.5: float key", "a: @at", "a: `tick", "a: %x", "a: b #c",
    "a: b#c", "a: 'b' #c", "a: [on, 'on', \"on\"]", "- - 1\n  - 2\n- 3", "a: \"multi\n  line\"", "ż: 🐢", "a: \"\\ud83d\"",
    "project: demo\nregistry: data/registry.db\nprovider: local", "sidecar:\n  listen: [127.0.0.1:6566]\n  metrics: on", "key: value\n  bad: indent",
    "a: - b", "[a: 1]", "- a\nb: 1", "a: &anchor", "path: C:\\dir", "t: 10:00:00\nv: 1_0", "a:    b   \nc: 'd'   ", "a: null\nb: ~\nc:",
    "a: 'on'\nb: on", "&a [*a]",
]


def encode(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return {"int": str(value)}
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, (datetime.date, datetime.datetime)):
        return {"timestamp": value.isoformat()}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, list):
        return {"list": [encode(item) for item in value]}
    if isinstance(value, dict):
        return {"map": [[encode(key), encode(item)] for key, item in value.items()]}
    if isinstance(value, set):
        return {"set": sorted(encode(item) for item in value)}
    if isinstance(value, tuple):
        return {"tuple": [encode(item) for item in value]}
    raise TypeError(type(value))


def case(text):
    try:
        return {"text": text, "result": encode(yaml.safe_load(text))}
    except RecursionError:
        return {"text": text, "result": "a value that contains itself"}
    except (yaml.YAMLError, ValueError, KeyError, AttributeError, IndexError) as error:
        mark = getattr(error, "problem_mark", None)
        line = {} if mark is None else {"line": mark.line + 1}
        return {"text": text, "error": type(error).__name__, **line}


def main():
    texts = [f"a: {word}\n" for word in SCALARS] + [f"{word}: a\n" for word in SCALARS] + [f"[{word}]\n" for word in SCALARS] + SCALARS + DOCUMENTS + UNENDED
    rows = ",\n".join(json.dumps(case(text)) for text in dict.fromkeys(texts))
    pathlib.Path(__file__).with_name("pyyaml-cases.json").write_text(f"[\n{rows}\n]\n")


if __name__ == "__main__":
    main()
