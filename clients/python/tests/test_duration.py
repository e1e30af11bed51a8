"""Times that are none are refused, by name, before anything is sent."""

import asyncio
from typing import Any

import pytest
from fake_server import FakeServer, Script, fake_server
from feast_sidecar_client import AsyncSidecarClient, SidecarClient
from feast_sidecar_client.duration import MAX_MS, to_deadline_s

NO_TIMES = [float("inf"), float("nan"), -1, -float("inf"), 1e15, MAX_MS * 1.001, 10**400]
WORDS = r"timeout_ms is .*, expected milliseconds from 0 to 31536000000 \(a year\)"
ASKED: dict[str, Any] = {"features": ["v:f"], "entity_rows": {"id": [1.0]}}


@pytest.mark.parametrize("timeout_ms", NO_TIMES)
@pytest.mark.parametrize("client", [SidecarClient, AsyncSidecarClient])
def test_a_client_is_not_made_with_it(client: type[Any], timeout_ms: float) -> None:
    with pytest.raises(ValueError, match=f"{WORDS}, or None for no deadline"):
        client(timeout_ms=timeout_ms)


@pytest.mark.parametrize("timeout_ms", NO_TIMES)
def test_no_call_is_made_with_it(timeout_ms: float) -> None:
    async def run(fake: FakeServer) -> None:
        client = AsyncSidecarClient(fake.address)
        with pytest.raises(ValueError, match=WORDS):
            await client.connect(timeout_ms)
        async with client:
            with pytest.raises(ValueError, match=WORDS):
                await client.get_online_features(timeout_ms=timeout_ms, **ASKED)
            with pytest.raises(ValueError, match="grace_ms is .*, expected milliseconds"):
                await client.close(grace_ms=timeout_ms)

    with fake_server(Script({"id": [(1.0, "PRESENT", 0)]})) as fake:
        asyncio.run(run(fake))
        client = SidecarClient(fake.address)
        with pytest.raises(ValueError, match=WORDS):
            client.connect(timeout_ms)
        with client, pytest.raises(ValueError, match=WORDS):
            client.get_online_features(timeout_ms=timeout_ms, **ASKED)
    assert fake.requests == []


def test_the_shortest_and_the_longest() -> None:
    assert (to_deadline_s(None), to_deadline_s(0), to_deadline_s(7.5)) == (None, 0, 0.0075)
    with fake_server(Script({"id": [(1.0, "PRESENT", 0)]})) as fake, SidecarClient(fake.address) as client:
        assert client.get_online_features(timeout_ms=MAX_MS, **ASKED)["id"].values == [1.0]
