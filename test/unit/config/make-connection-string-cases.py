"""Writes connection-string-cases.json beside itself: what Feast and redis-py make of Redis connection strings.

Run: .venv/bin/python test/unit/config/make-connection-string-cases.py
`sent` = bytes of each credential as redis-py sends them ("" = not sent), or the class of its refusal.
"""

import json
import pathlib

from feast.infra.online_stores.redis import RedisOnlineStore
from redis._parsers import Encoder

STRINGS = """localhost:6379
localhost:6379,db=0
localhost:6379,db=3,password=abc
localhost:6379,password=1234
localhost:6379,password=1e3
localhost:6379,password=0123
localhost:6379,password=true
localhost:6379,password=null
localhost:6379,password=0
localhost:6379,password=0.0
localhost:6379,password=-0
localhost:6379,password=-0.0
localhost:6379,password=1.5
localhost:6379,password=1E400
localhost:6379,password=1e22
localhost:6379,password=1e16
localhost:6379,password=123456789012345678901234567890
localhost:6379,password=1234567890123456.0
localhost:6379,password=12345678901234567890.0
localhost:6379,password=0.0001
localhost:6379,password=0.00001
localhost:6379,password=1.5e-7
localhost:6379,password=NaN
localhost:6379,password=-Infinity
localhost:6379,password="a"
localhost:6379,password="a\\u00e9"
localhost:6379,password=é
localhost:6379,password=
localhost:6379,password=""
localhost:6379,password=a=b
localhost:6379,password=[1]
localhost:6379,password={}
localhost:6379,password= 12
localhost:6379,password= x
localhost:6379,password='x'
localhost:6379,password=a,b
localhost:6379,password=1_000
localhost:6379,password=+1
localhost:6379,password=.5
localhost:6379,password=1.
localhost:6379,username=u,password=p
localhost:6379,username=7
localhost:6379,client_name=c1
localhost:6379,ssl=true
localhost:6379,ssl=false
localhost:6379,ssl=False
localhost:6379,ssl=0
localhost:6379,ssl=1
localhost:6379,ssl=
localhost:6379,ssl=null
localhost:6379,ssl=[]
localhost:6379,ssl={"a":1}
localhost:6379,ssl=0.0
localhost:6379,ssl=-0.0
localhost:6379,ssl=true,ssl=false
a:1,b:2
redis://h:6379/0
::1:6379
h
h:
:6379
localhost:6379, db=1
""".split("\n")


def encode(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return {"int": str(value)}
    if isinstance(value, float):
        return {"float": repr(value)}
    return {"container": len(value)}


def sent(value):
    if not value:
        return ""
    try:
        return Encoder("utf-8", "strict", False).encode(value).decode()
    except Exception as error:
        return {"error": type(error).__name__}


def case(text):
    nodes, params = RedisOnlineStore._parse_connection_string(text)
    credentials = {key: sent(params[key]) for key in ("username", "password", "client_name") if key in params}
    return {
        "text": text,
        "nodes": [[node.get("host"), node.get("port")] for node in nodes],
        "options": [[key, encode(value), bool(value)] for key, value in params.items()],
        "sent": credentials,
    }


rows = ",\n".join(json.dumps(case(text)) for text in STRINGS)
pathlib.Path(__file__).with_name("connection-string-cases.json").write_text(f"[\n{rows}\n]\n")
