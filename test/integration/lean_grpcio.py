"""What a Python client does with the data port, through C-core; prints what it saw as one JSON object."""
import asyncio
import json
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

TARGET = sys.argv[1]
PATH = "/feast.serving.ServingService/GetOnlineFeatures"


def request(ref: str) -> bytes:
    """GetOnlineFeaturesRequest with one ref."""
    text = ref.encode()
    value = b"\x0a" + varint(len(text)) + text
    return b"\x12" + varint(len(value)) + value


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def code_of(call) -> str:
    try:
        call()
    except grpc.RpcError as error:
        return error.code().name
    return "OK"


async def many(count: int) -> int:
    async with grpc.aio.insecure_channel(TARGET) as channel:
        method = channel.unary_unary(PATH)
        refs = [f"aio:{n}" for n in range(count)]
        answers = await asyncio.gather(*(method(request(ref), timeout=10) for ref in refs))
        return sum(answer == ref.encode() for answer, ref in zip(answers, refs))


def main() -> None:
    seen = {}
    options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    with grpc.insecure_channel(TARGET, options) as channel:
        method = channel.unary_unary(PATH)
        seen["unary"] = sum(method(request(f"n:{n}"), timeout=5) == f"n:{n}".encode() for n in range(500))
        with ThreadPoolExecutor(16) as pool:
            work = lambda n: method(request(f"t:{n}"), timeout=10) == f"t:{n}".encode()  # noqa: E731
            seen["threads"] = sum(pool.map(work, range(1600)))
        seen["large"] = len(method(request("x" * 3_000_000), timeout=10))
        seen["gzip"] = method(request("packed:feature"), timeout=5, compression=grpc.Compression.Gzip).decode()
        seen["deadline"] = code_of(lambda: method(request("slow:x/2000"), timeout=0.05))
        seen["unknown"] = code_of(lambda: channel.unary_unary("/no/where")(b"", timeout=5))

        health = health_pb2_grpc.HealthStub(channel)
        statuses = health_pb2.HealthCheckResponse.ServingStatus
        seen["health"] = statuses.Name(health.Check(health_pb2.HealthCheckRequest(), timeout=5).status)
        watch = health.Watch(health_pb2.HealthCheckRequest(), timeout=5)
        seen["watched"] = statuses.Name(next(watch).status)
        watch.cancel()

        database = ProtoReflectionDescriptorDatabase(channel)
        seen["services"] = sorted(database.get_services())
        service = DescriptorPool(database).FindServiceByName("feast.serving.ServingService")
        seen["method"] = service.methods_by_name["GetOnlineFeatures"].name
    seen["aio"] = asyncio.run(many(500))
    print(json.dumps(seen))


main()
