"""What calls in flight get when their client is closed under them, and what a cancelled task gets."""

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from fake_server import Script, fake_server
from feast_sidecar_client import AsyncSidecarClient, OnlineFeatures, SidecarClient, SidecarError, UnavailableError

SLOW = Script({"id": [(1.0, "PRESENT", 0)]}, delay_ms=400)
Act = Callable[[AsyncSidecarClient, "asyncio.Task[OnlineFeatures]"], Awaitable[None]]


def outcome_after(act: Act) -> BaseException | None:
    """What a call in flight ends with when this is done to its client or its task."""

    async def run(address: str) -> BaseException | None:
        client = AsyncSidecarClient(address)
        await client.connect()
        task = asyncio.create_task(client.get_online_features(["v:f"], {"id": [1.0]}))
        await asyncio.sleep(0.1)
        await act(client, task)
        (outcome,) = await asyncio.gather(task, return_exceptions=True)
        await client.close()
        return outcome if isinstance(outcome, BaseException) else None

    with fake_server(SLOW) as fake:
        return asyncio.run(run(fake.address))


async def close(client: AsyncSidecarClient, _: object) -> None:
    await client.close()


async def close_with_too_little_grace(client: AsyncSidecarClient, _: object) -> None:
    await client.close(grace_ms=50)


async def connect_again(client: AsyncSidecarClient, _: object) -> None:
    await client.connect()


@pytest.mark.parametrize("act", [close, close_with_too_little_grace, connect_again])
def test_a_call_whose_client_is_closed_raises_a_sidecar_error(act: Act) -> None:
    error = outcome_after(act)
    assert type(error) is SidecarError and error.code == "CANCELLED" and "closed" in error.details


async def cancel(_: AsyncSidecarClient, task: "asyncio.Task[OnlineFeatures]") -> None:
    task.cancel()


async def cancel_and_close(client: AsyncSidecarClient, task: "asyncio.Task[OnlineFeatures]") -> None:
    task.cancel()
    await client.close()


@pytest.mark.parametrize("act", [cancel, cancel_and_close])
def test_a_task_that_is_cancelled_stays_cancelled(act: Act) -> None:
    assert isinstance(outcome_after(act), asyncio.CancelledError)


def test_enough_grace_lets_the_call_end() -> None:
    async def close_gently(client: AsyncSidecarClient, _: object) -> None:
        closing = asyncio.create_task(client.close(grace_ms=5000))
        await asyncio.sleep(0.05)
        with pytest.raises(RuntimeError, match="not connected"):
            await client.get_online_features(["v:f"], {"id": [1.0]})
        await closing

    assert outcome_after(close_gently) is None


def test_threads_get_the_same() -> None:
    with fake_server(SLOW) as fake, ThreadPoolExecutor(1) as pool:
        client = SidecarClient(fake.address)
        client.connect()
        call = pool.submit(client.get_online_features, ["v:f"], {"id": [1.0]})
        time.sleep(0.1)
        client.close()
        with pytest.raises(SidecarError) as raised:
            call.result()
    assert type(raised.value) is SidecarError and raised.value.code == "CANCELLED"


def test_a_connect_without_time_prints_no_traceback_of_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    ended_badly: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", ended_badly.append)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # Bound and never listening: nobody else gets this port.
        for timeout_ms in [0] * 8:
            with pytest.raises(UnavailableError, match="no connection to"):
                SidecarClient(f"127.0.0.1:{closed.getsockname()[1]}").connect(timeout_ms)
    time.sleep(0.3)  # gRPC's threads look up every 0.2 s.
    assert ended_badly == []
