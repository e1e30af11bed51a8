"""The metadata of a call: what is sent, and what is refused before anything is."""

import asyncio
from typing import Any

import pytest
from fake_server import Script, fake_server
from feast_sidecar_client import AsyncSidecarClient, SidecarClient
from feast_sidecar_client.metadata import build_metadata


def test_metadata() -> None:
    assert build_metadata("00-1-2-01", "batch", {"TraceState": "a=b"}) == (
        ("tracestate", "a=b"),
        ("traceparent", "00-1-2-01"),
        ("feast-sidecar-priority", "batch"),
    )
    assert build_metadata(None, None, None) == ()
    with pytest.raises(ValueError, match="expected one of live, batch, shadow, not 'urgent'"):
        build_metadata(None, "urgent", None)  # type: ignore[arg-type]


def test_what_grpc_sends_is_let_through() -> None:
    told = {"x-bin": b"\x00\xff", "a_b.c-1": " ~", "empty": ""}
    assert dict(build_metadata(None, None, told)) == told


REFUSED = [
    ({"metadata": {"a b": "x"}}, ValueError, "the key 'a b' cannot be sent"),
    ({"metadata": {"": "x"}}, ValueError, "the key '' cannot be sent"),
    ({"metadata": {":path": "x"}}, ValueError, "the key ':path' cannot be sent"),
    ({"metadata": {"é": "x"}}, ValueError, "the key 'é' cannot be sent"),
    ({"metadata": {"a\n": "x"}}, ValueError, "cannot be sent"),
    ({"metadata": {5: "x"}}, ValueError, "the key 5 cannot be sent"),
    ({"metadata": {"x": "a\nb"}}, ValueError, r"'x' is 'a\\nb', expected printable ASCII"),
    ({"metadata": {"x": "a\n"}}, ValueError, "expected printable ASCII"),
    ({"metadata": {"traceparent": "é"}}, ValueError, "'traceparent' is 'é', expected printable ASCII"),
    ({"traceparent": "é"}, ValueError, "'traceparent' is 'é', expected printable ASCII"),
    ({"metadata": {"x": 5}}, TypeError, "'x' is a int, expected str"),
    ({"metadata": {"x-bin": "a"}}, TypeError, "'x-bin' is a str, expected bytes"),
]


@pytest.mark.parametrize(("arguments", "kind", "words"), REFUSED)
def test_both_clients_refuse_it_before_the_call(arguments: dict[str, Any], kind: type[Exception], words: str) -> None:
    async def call(address: str) -> None:
        async with AsyncSidecarClient(address) as client:
            await client.get_online_features(["v:f"], {"id": [1.0]}, **arguments)

    with fake_server(Script({"id": [(1.0, "PRESENT", 0)]})) as fake:
        with SidecarClient(fake.address) as client, pytest.raises(kind, match=words):
            client.get_online_features(["v:f"], {"id": [1.0]}, **arguments)
        with pytest.raises(kind, match=words):
            asyncio.run(call(fake.address))
    assert fake.requests == []
