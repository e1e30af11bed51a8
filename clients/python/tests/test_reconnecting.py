"""How eagerly a client connects again; the whole way, with a real sidecar, is in test_real_sidecar.py."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fake_server import Script, fake_server
from feast_sidecar_client import SidecarClient, UnavailableError


class Way:
    """Between client and server, on a port of its own."""

    def __init__(self, server: str, address: str) -> None:
        self.server = server
        self.address = address
        self.delay_s = 0.0
        self.attempts = 0
        self._cut = False
        self._open: list[socket.socket] = []

    def take(self, client: socket.socket) -> None:
        self.attempts += 1
        if self._cut:
            client.close()
            return
        time.sleep(self.delay_s)
        host, _, port = self.server.rpartition(":")
        server = socket.create_connection((host, int(port)))
        self._open += [client, server]
        for source, target in ((client, server), (server, client)):
            threading.Thread(target=_copy, args=(source, target), daemon=True).start()

    def cut(self) -> None:
        """Ends every connection, and from now on each new one at once."""
        self._cut = True
        for each in self._open:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()
        self._open.clear()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass


@contextmanager
def way_to(server: str) -> Iterator[Way]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        way = Way(server, f"127.0.0.1:{listener.getsockname()[1]}")

        def accept() -> None:
            try:
                while True:
                    way.take(listener.accept()[0])
            except OSError:
                pass

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield way
        finally:
            way.cut()
            listener.shutdown(socket.SHUT_RDWR)


def ask(client: SidecarClient) -> object:
    return client.get_online_features(["v:f"], {"id": [1.0]}, timeout_ms=2000)["id"].values


def test_a_client_that_goes_on_asking_tries_again_all_the_time() -> None:
    with fake_server(Script({"id": [(1.0, "PRESENT", 0)]})) as fake, way_to(fake.address) as way:
        with SidecarClient(way.address) as client:
            way.cut()
            way.attempts = 0
            end_s = time.monotonic() + 3
            while time.monotonic() < end_s:
                with pytest.raises(UnavailableError):
                    ask(client)
                time.sleep(0.01)
            # Some 25; with pauses that grow to a second it is 7.
            assert way.attempts >= 12


def test_an_attempt_has_longer_than_the_pause_between_two() -> None:
    with fake_server(Script({"id": [(1.0, "PRESENT", 0)]})) as fake, way_to(fake.address) as way:
        way.delay_s = 0.4
        with SidecarClient(way.address) as client:
            assert ask(client) == [1.0]
        assert way.attempts == 1
