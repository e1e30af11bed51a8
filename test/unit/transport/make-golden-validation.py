"""Answers of FastAPI + pydantic to request bodies, with Feast's own request model: golden-validation.json.

Run: .venv/bin/python test/unit/transport/make-golden-validation.py > test/unit/transport/golden-validation.json
"""
import asyncio
import base64
import json
import sys
import warnings

warnings.filterwarnings("ignore")

from fastapi import FastAPI  # noqa: E402
from feast.feature_server import GetOnlineFeaturesRequest  # noqa: E402

app = FastAPI()


@app.post("/get-online-features")
async def features(request: GetOnlineFeaturesRequest):
    return {
        "columns": {name: len(cells) for name, cells in request.entities.items()},
        "service": request.feature_service,
        "features": request.features,
        "full": request.full_feature_names,
        "versions": request.include_feature_view_version_metadata,
    }


SYNTAX = [
    b'{"a"', b'{"a":}', b"{a:1}", b'{"a":1,}', b"[1,]", b"[1 2]", b'{"a":1 "b"}', b'"abc', b'"a\nb"', b'"\\x"', b'"\\u12"', b'"\\u12g4"',
    b'"\\u1234', b'"\\ud83d\\u12"', b"tru", b"nul", b"falsy", b"01", b"-01", b"1.", b"1.x", b"-", b"1e", b"1e+", b"+1", b"  ", b"{} x", b"{}{}", b"{", b"[", b"[1", b"[1,", b'{"a":1', b'{"a":1,',
    b"-NaN", b"Inf", b"-Inf", b".5", b'"\\', b'"\\u', b"{'a':1}", b'{"a" 1}', b'{"a":1;"b":2}', b"[1\x0c]", b"{\"a\":\"\x00\"}", b"]", b"}", b":", b",", b'{1:2}', b"// x\n{}",
    '{"entities":{"é":1}} x'.encode(), '{"entities":{"😀😀":1}} x'.encode(), '["😀" "a"]'.encode(), '"😀\x01"'.encode(), b'"\\ud83d\\ude00" x', b"\xef\xbb\xbf{]", b"\xa0{}",
]
# Surrogates encoded in UTF-8 are left out: Python lets them pass, this server refuses them as what they are, invalid UTF-8.
REFUSED = [b"\xff", b'{"entities":{"a":["\xff"]}}', b"[" * 1100, b'{"a":' * 1100, b"1" * 5000, b"-" + b"1" * 4301]
SHAPES = [
    b"", b"null", b"[]", b"1", b'"x"', b"true", b"[1,2.0,null]", b"{}", b'{"a":1e16,"b":1.5e-7,"c":0.0001,"d":123456789012345678901234567890,"e":-0.0,"f":100.0}',
    b'{"entities":null}', b'{"entities":[]}', b'{"entities":"x","features":3}', b'{"entities":3.5}', b'{"entities":false}',
    b'{"entities":{"a":1,"b":null,"c":[1]},"features":"x"}', b'{"entities":{"a":"s"},"features":[1,null,true,"a",[],{"k":"v\\n\\"\\u00e9"}]}',
    b'{"entities":{},"features":null,"feature_service":3}', b'{"entities":{},"features":{"a":1}}', b'{"entities":{"a":{"x":1}}}', b'{"entities":{},"feature_service":["a"]}', b'{"entities":{},"feature_service":null}',
    b'{"entities":{},"feature_service":"svc","features":["a:b"]}', b'{"entities":{"a":[]},"entities":{"b":[1]},"features":["x"],"features":["y"]}', b'{"entities":{"a":[1],"a":[1,2]}}',
    b'{"entities":{"a":[[],{},null,1.5,"x",NaN,Infinity,-Infinity]},"other":{"x":NaN}}', '{"entities":{"é😀":[1]}}'.encode(), '{"entities":{"é😀":"😀"}}'.encode(), b'{"entities":{"\\u00e9\\ud83d\\ude00":[1]}}',
    b'{"entities":{"\x7f":"\x7f"}}', b' \t\r\n{ "entities" : { } } \n', b"\xef\xbb\xbf{}", b'{"entities":{"__proto__":[1],"constructor":[1,2],"":[]}}',
]
BOOLS = ["true", "false", "0", "1", "2", "-1", "1.0", "0.0", "-0.0", "0.5", "2.0", "1e0", "10e-1", "null", "[]", "{}", "99999999999999999999", "9223372036854775807", "1e30"]
BOOLS += [json.dumps(w) for w in ["true", "True", "TRUE", "t", "T", "yes", "Yes", "y", "on", "ON", "1", "false", "f", "no", "n", "off", "0", "yes ", " on", "", "maybe", "2", "1.0", "İ"]]


async def ask(body: bytes):
    chunks = []
    status = 0

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            chunks.append(message.get("body", b""))

    scope = {"type": "http", "method": "POST", "path": "/get-online-features", "raw_path": b"/get-online-features", "query_string": b"", "http_version": "1.1",
             "headers": [(b"content-type", b"application/json")], "scheme": "http", "server": ("x", 1), "client": ("y", 2), "root_path": ""}
    try:
        await app(scope, receive, send)
    except Exception:
        return None  # FastAPI itself fails on it (NaN quoted in a fault): nothing to agree with.
    return {"body": base64.b64encode(body).decode(), "status": status, "answer": b"".join(chunks).decode()}


async def main():
    bodies = SYNTAX + REFUSED + SHAPES
    bodies += [b'{"entities":{},"full_feature_names":%s}' % b.encode() for b in BOOLS]
    bodies += [b'{"entities":{},"include_feature_view_version_metadata":%s}' % b.encode() for b in BOOLS[:6]]
    cases = [case for case in [await ask(body) for body in bodies] if case]
    json.dump(cases, sys.stdout, indent=0)
    print()


asyncio.run(main())
