"""Writes the golden files of the Python-free tests, all made by the pinned Feast.

    golden.py --out test/fixtures/golden [--only numbers keys responses]
"""

import os
import sys

if os.environ.get("PYTHONHASHSEED") != "0":
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0", "TZ": "UTC"})

import argparse
import json
import shutil
import tempfile
import warnings

warnings.filterwarnings("ignore")

import build
from golden_keys import entity_keys, field_hashes
from golden_numbers import floats, timestamps, zoned_timestamps
from golden_responses import REQUESTS, copy_repo, dump_redis, redis_server, responses

PARTS = ["numbers", "keys", "responses"]


def line(case):
    """Readable JSON, escaped only where the text has a lone surrogate, which UTF-8 cannot hold."""
    text = json.dumps(case, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(case)
    return text


def write(out, name, cases):
    """One case a line, so that a change of one case is a diff of one line."""

    def lines(part):
        return "[\n" + ",\n".join(map(line, part)) + "\n]"

    is_list = isinstance(cases, list)
    text = lines(cases) if is_list else "{\n" + ",\n".join(f"{json.dumps(k)}: {lines(v)}" for k, v in cases.items()) + "\n}"
    with open(os.path.join(out, name), "w") as file:
        file.write(text + "\n")
    print(f"{name}: {len(cases) if is_list else sum(len(part) for part in cases.values())} cases")


def write_responses(out):
    folder = tempfile.mkdtemp()
    with redis_server() as port:
        for name, bodies in REQUESTS.items():
            _, manifest, _ = build.build((name, folder, port))
            root = os.path.join(folder, name)
            write(out, f"responses-{name}.json", responses(root, bodies))
            copy_repo(root, os.path.join(out, f"{name}-repo"))
            with open(os.path.join(out, f"{name}-repo", "manifest.json"), "w") as file:
                json.dump(manifest, file, ensure_ascii=False, separators=(",", ":"))
            if name in build.REDIS_DATABASES:
                with open(os.path.join(out, f"{name}-repo", "data", "redis.json"), "w") as file:
                    json.dump(dump_redis(port, build.REDIS_DATABASES[name]), file, indent=0)
    shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True)
    parser.add_argument("--only", nargs="*", default=PARTS, choices=PARTS)
    args = parser.parse_args()
    out = os.path.abspath(args.out)
    os.makedirs(out, exist_ok=True)
    if "numbers" in args.only:
        write(out, "floats.json", floats())
        write(out, "timestamps.json", timestamps())
        write(out, "zoned-timestamps.json", zoned_timestamps())
    if "keys" in args.only:
        write(out, "entity-keys.json", entity_keys())
        write(out, "field-hashes.json", field_hashes())
    if "responses" in args.only:
        write_responses(out)


if __name__ == "__main__":
    main()
