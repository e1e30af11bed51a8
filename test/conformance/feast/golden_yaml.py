"""Golden YAML: snippets as PyYAML's safe loader reads them, with every type spelled out."""

import base64
import datetime
import math

import yaml

SCALARS = """on off yes no y n Yes NO On OFF true True TRUE false tRUE
010 0o10 0x1F 0b101 1_000 0 -0 +12 -0x1f 08 09 0_8 123456789012345678901234567890 _1
1e3 1.5e3 1.5e+3 1.0E-5 1. .5 -.5 1_000.5 .inf -.INF .nan .NaN +.inf inf nan 1.5.2 1e+3
12:30 12:30:45 1:60 -1:30 190:20:30.15 12:30:45.5 0:0
~ null Null NULL nULL = << ! - ? 2024-01-02 2024-1-2 2024-13-02 10ms 5s 32MiB $FOO ${FOO}
2024-01-02T03:04:05Z 2024-01-02T03:04:05.678+02:00""".split()

LINES = [
    "2024-01-02 03:04:05", "2001-12-14t21:59:43.10-05:00", "", "# only a comment", "plain text here", "a: b: c",
    "'single ''quoted'''", '"double \\n \\u017c \\x41 \\0"', '"bad \\q escape"', "'unclosed", "[1, two, [3]]", "[1, 2", "{a: 1, b: {c: yes}}",
    "{a: 1, a: 2}", "[a, b,]", "- x\n- y\n-", "a:\n- 1\n- 2", "a: 1\nb:\n  c: 2\n  d: [on, off]", "a: 1\na: 2\na: 3",
    "a: |\n  line one\n  line two\n", "a: |-\n  text\n\n", "a: >\n  folded\n  text\n\n  para\n", "a: |+\n  keep\n\n", "a: |2\n    two\n",
    "base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3", "a: &a {x: 1}\nb: &b {x: 2, z: 3}\nc:\n  <<: [*a, *b]", "use:\n  <<: 5",
    "use:\n  <<: [1]", "a: &x [1]\nb: *x", "a: *missing", "a:\tb", "\ta: b", "a:\n\tb: 1", "a: b\n c: d", "a: 'x' y",
    "!!binary aGVsbG8=", "!!binary '@@'", "!!str 010", "!!int '12'", "!!int x", "!!float 1", "!!bool yes", "!!bool maybe", "!!null ''",
    "!!set {a, b}", "!!omap [a: 1, b: 2]", "!!pairs [a: 1, a: 2]", "!!timestamp 2024-01-02", "!!python/object:os.system x", "!custom 5",
    "%YAML 1.1\n---\na: 1", "%YAML 2.0\n---\na: 1", "---\na: 1\n...\n", "--- 1\n--- 2", "a: 1\n---\nb: 2", "? a\n: b", "? [1, 2]\n: x",
    "{[1]: x}", "1: int key\nyes: bool key\n~: null key\n1.5: float key", "a: @at", "a: `tick", "a: %x", "a: b #c", "a: b#c", "a: 'b' #c",
    "a: [on, 'on', \"on\"]", "- - 1\n  - 2\n- 3", "a: \"multi\n  line\"", "ż: 🐢", "a: \"\\ud83d\"", "\ufeffa: 1", "a: \x07",
    "project: demo\nregistry: data/registry.db\nprovider: local", "sidecar:\n  listen: [127.0.0.1:6566]\n  metrics: on",
    "key: value\n  bad: indent", "a: - b", "[a: 1]", "a: {b: 1", "- a\nb: 1", "a: !!str", "a: &anchor", "path: C:\\dir", "t: 10:00:00\nv: 1_0",
    "a:    b   \nc: 'd'   ", "a: null\nb: ~\nc:", "a: 'on'\nb: on", "&a [*a]",
]  # fmt: skip


def encode(value):
    """A loaded value with its type: {"int": "8"}, {"map": [[key, value], …]}, …"""
    if value is None:
        return {"null": True}
    if isinstance(value, bool):
        return {"bool": value}
    if isinstance(value, int):
        return {"int": str(value)}
    if isinstance(value, float):
        return {"float": "nan" if math.isnan(value) else repr(value)}
    if isinstance(value, str):
        return {"str": value}
    if isinstance(value, bytes):
        return {"binary": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, datetime.date):
        return {"date": value.isoformat()}
    if isinstance(value, set):
        return {"set": sorted((encode(item) for item in value), key=str)}
    if isinstance(value, tuple):
        return {"tuple": [encode(item) for item in value]}
    if isinstance(value, list):
        return {"seq": [encode(item) for item in value]}
    return {"map": [[encode(key), encode(item)] for key, item in value.items()]}


def yaml_cases():
    cases = []
    for text in [*SCALARS, *(f"key: {scalar}" for scalar in SCALARS[::6]), *LINES]:
        case = {"text": text}
        try:
            case["value"] = encode(yaml.safe_load(text))
        except RecursionError:
            case["value"] = {"recursive": True}
        except Exception as error:  # an error is a result here
            mark = getattr(error, "problem_mark", None)
            case["error"] = {"class": type(error).__name__, "text": getattr(error, "problem", None) or str(error)}
            if mark is not None:
                case["error"] |= {"line": mark.line + 1, "column": mark.column + 1}
        cases.append(case)
    return cases
