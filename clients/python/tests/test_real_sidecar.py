"""Both clients against a real sidecar: what customers.csv says, over TCP and over a Unix socket."""

import asyncio
import csv
import socket
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from feast_sidecar_client import (
    AsyncSidecarClient,
    BadRequestError,
    FeatureStatus,
    OnlineFeatures,
    SidecarClient,
    UnavailableError,
)
from sidecar_process import ROOT, Sidecar, start_sidecar, stop_sidecar

KNOWN, NEW, NOBODY = "7590-VHVEG", "2746-JUNDQ", "0000-NOONE"
ROWS = [{"customer_id": each} for each in (KNOWN, NEW, NOBODY)]
TIMEOUT_MS = 5000


def ask_in_threads(target: str, **arguments: Any) -> OnlineFeatures:
    with SidecarClient(target, timeout_ms=TIMEOUT_MS) as client:
        return client.get_online_features(**arguments)


def ask_in_asyncio(target: str, **arguments: Any) -> OnlineFeatures:
    async def call() -> OnlineFeatures:
        async with AsyncSidecarClient(target, timeout_ms=TIMEOUT_MS) as client:
            return await client.get_online_features(**arguments)

    return asyncio.run(call())


Ask = Callable[..., OnlineFeatures]
both_clients = pytest.mark.parametrize("ask", [ask_in_threads, ask_in_asyncio])


def epoch_s(text: str) -> int:
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


@both_clients
@pytest.mark.parametrize("target", ["address", "socket"])
def test_a_service_is_what_the_file_says(sidecar: Sidecar, ask: Ask, target: str) -> None:
    with open(ROOT / "examples/churn/customers.csv", newline="") as file:
        by_id = {row["customer_id"]: row for row in csv.DictReader(file)}
    answer = ask(getattr(sidecar, target), service="churn_v1", entity_rows=ROWS)
    known = by_id[KNOWN]
    assert answer["customer_id"].values == [KNOWN, NEW, NOBODY]
    assert answer["tenure_months"].values == [int(known["tenure_months"]), int(by_id[NEW]["tenure_months"]), None]
    assert answer["monthly_charges"].values[0] == float(known["monthly_charges"])
    assert answer["contract"].values[0] == known["contract"]
    assert answer["paperless_billing"].values[0] is (known["paperless_billing"] == "true")
    assert answer["last_ticket_at"].values[0] == datetime.fromtimestamp(
        epoch_s(known["last_ticket_at"]), tz=timezone.utc
    )
    total = answer["total_charges"]
    # A stored null has its time; a customer who is not there has none.
    assert total.values == [float(known["total_charges"]), None, None]
    assert total.statuses == [FeatureStatus.PRESENT, FeatureStatus.PRESENT, FeatureStatus.NOT_FOUND]
    assert total.event_times_s == [epoch_s(known["updated_at"]), epoch_s(by_id[NEW]["updated_at"]), 0]
    assert not answer.degraded


@both_clients
def test_references_and_full_names(sidecar: Sidecar, ask: Ask) -> None:
    refs = ["customer_billing:monthly_charges", "customer_profile:tenure_months"]
    answer = ask(sidecar.address, features=refs, entity_rows={"customer_id": [KNOWN]}, full_feature_names=True)
    assert answer.rows() == [
        {"customer_id": KNOWN, "customer_billing__monthly_charges": 29.85, "customer_profile__tenure_months": 1}
    ]
    assert answer["customer_billing__monthly_charges"].view == "customer_billing"


@both_clients
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"features": ["nope:f"], "entity_rows": ROWS}, "nope"),
        ({"service": "nope", "entity_rows": ROWS}, "nope"),
        ({"features": ["customer_billing:monthly_charges"], "entity_rows": [{"driver": "x"}]}, "customer_id"),
    ],
)
def test_bad_requests_say_what_is_wrong(sidecar: Sidecar, ask: Ask, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(BadRequestError, match=words):
        ask(sidecar.address, **arguments)


@both_clients
def test_nobody_there(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # Bound and never listening: nobody else gets this port.
        target = f"127.0.0.1:{closed.getsockname()[1]}"
        for module in ("client", "aio"):
            connect = {"client": SidecarClient, "aio": AsyncSidecarClient}[module].connect
            monkeypatch.setattr(connect, "__defaults__", (200,))
        start_s = time.monotonic()
        with pytest.raises(UnavailableError, match=f"no connection to {target} within 200 ms"):
            ask(target, service="churn_v1", entity_rows=ROWS)
    assert time.monotonic() - start_s < 5


def test_a_client_that_is_not_connected_says_so(sidecar: Sidecar) -> None:
    client = SidecarClient(sidecar.address)
    with pytest.raises(RuntimeError, match="SidecarClient is not connected: call connect"):
        client.get_online_features(service="churn_v1", entity_rows=ROWS)
    client.connect()
    client.get_online_features(service="churn_v1", entity_rows=ROWS, timeout_ms=TIMEOUT_MS)
    client.close()
    client.close()
    with pytest.raises(RuntimeError, match="not connected"):
        client.get_online_features(service="churn_v1", entity_rows=ROWS)


def test_goes_on_with_a_sidecar_that_was_restarted(tmp_path: Path) -> None:
    socket_path = tmp_path / "sidecar.sock"
    first = start_sidecar(ROOT / "examples/churn", socket_path)
    try:
        client = SidecarClient(first.socket, timeout_ms=TIMEOUT_MS)
        client.connect()
        client.get_online_features(service="churn_v1", entity_rows=ROWS)
    finally:
        stop_sidecar(first)
    with closing(client):
        with pytest.raises(UnavailableError):
            client.get_online_features(service="churn_v1", entity_rows=ROWS)
        second = start_sidecar(ROOT / "examples/churn", socket_path)
        try:
            end_s = time.monotonic() + 10
            while True:
                try:
                    assert client.get_online_features(service="churn_v1", entity_rows=ROWS)["contract"].values[0]
                    break
                except UnavailableError:
                    assert time.monotonic() < end_s, "not back 10 s after the sidecar"
                    time.sleep(0.05)
        finally:
            stop_sidecar(second)


def test_threads_share_a_client(sidecar: Sidecar) -> None:
    from concurrent.futures import ThreadPoolExecutor

    ids = [KNOWN, "5575-GNVDE", "3108-DKRMY", "0445-MSGCL"] * 25
    with SidecarClient(sidecar.address, timeout_ms=TIMEOUT_MS) as client, ThreadPoolExecutor(8) as pool:
        refs = ["customer_profile:tenure_months"]
        answers = pool.map(lambda each: client.get_online_features(refs, [{"customer_id": each}]), ids)
        assert [answer["tenure_months"].values[0] for answer in answers] == [1, 34, 57, 51] * 25
