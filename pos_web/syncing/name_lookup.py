"""Finds the office by its name without waiting long for a name server, and connects to it.

The system's own lookup (`getaddrinfo`) knows no time limit: with a name server that is silent it takes ten
seconds and more. The address that answered last is remembered, for the internet is often there while names
are not; whether it is still the office's, TLS decides.

Invariants: all addresses of a name together get the time of one connection; a lookup that hangs occupies one
thread for its name, however many wait for it; what comes late is of use to the next who asks.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillLooking
from ipaddress import ip_address
from threading import Lock, Thread
from time import monotonic
from typing import TypeVar

import httpcore2
import httpx2

CONNECT_S = 3.0
# How long a name is waited for: much less where an address of it is known.
LOOKUP_S, LOOKUP_OF_KNOWN_S = 2.0, 0.5
# The ways in which one address turns out to be of no use.
FAILURES = (OSError, httpcore2.NetworkError, httpcore2.TimeoutException)
Connected = TypeVar("Connected")


class Names:
    """What this process knows of names. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._lookups: dict[str, Future[list[str]]] = {}
        # By name, what it was looked up as last.
        self._known: dict[str, list[str]] = {}
        self._answered_last: dict[str, str] = {}

    def connect(
        self, host: str, timeout_s: float | None, attempt: Callable[[str, float], Connected]
    ) -> Connected:
        """`attempt(address, seconds)` at one address of `host` after the other, until one answers.

        All of it, the lookup too, takes up to `timeout_s`. Raises OSError for a name that is not found, and
        what the last attempt raised.
        """
        ends_at = monotonic() + (CONNECT_S if timeout_s is None else timeout_s)
        addresses = self._addresses(host, ends_at)
        while True:
            address = addresses.pop(0)
            left = max(ends_at - monotonic(), 0.001)
            try:
                connected = attempt(address, left / 2 if addresses else left)
            except FAILURES:
                if not addresses or monotonic() >= ends_at:
                    raise
                continue
            self._answered_last[host] = address
            return connected

    def _addresses(self, host: str, ends_at: float) -> list[str]:
        """At least one; the one that answered last comes first."""
        if _needs_no_lookup(host):
            return [host]
        known = self._known.get(host)
        longest = LOOKUP_OF_KNOWN_S if known else LOOKUP_S
        try:
            found = self._lookup(host).result(min(longest, max(ends_at - monotonic(), 0)))
        except (OSError, StillLooking) as problem:
            if not known:
                raise OSError(str(problem) or f"no name server tells where {host} is") from problem
            found = known
        last = self._answered_last.get(host)
        return sorted(found, key=lambda address: address != last)

    def _lookup(self, host: str) -> Future[list[str]]:
        """The lookup of `host` that is under way, or a new one."""
        with self._lock:
            if (lookup := self._lookups.get(host)) is None:
                lookup = Future()
                # Started first: where no thread is to be had, nobody waits for it later.
                Thread(target=self._look_up, args=(host, lookup), name="name-lookup", daemon=True).start()
                self._lookups[host] = lookup
            return lookup

    def _look_up(self, host: str, lookup: Future[list[str]]) -> None:
        found: list[str] = []
        problem: Exception | None = None
        try:
            told = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found = list(dict.fromkeys(str(each[4][0]) for each in told))
        except Exception as failure:
            # A name may also be too long to be asked for: no OSError.
            problem = OSError(str(failure) or type(failure).__name__)
        with self._lock:
            del self._lookups[host]
            if found:
                self._known[host] = found
        if found:
            lookup.set_result(found)
        else:
            lookup.set_exception(problem or OSError(f"{host} has no address"))


NAMES = Names()


class _Backend(httpcore2.SyncBackend):
    """httpcore2's way to the network, but for how it finds a name."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        def attempt(address: str, seconds: float) -> httpcore2.NetworkStream:
            return super(_Backend, self).connect_tcp(address, port, seconds, local_address, socket_options)

        try:
            return NAMES.connect(host, timeout, attempt)
        except OSError as problem:
            raise httpcore2.ConnectError(str(problem)) from problem


def bound_lookups(client: httpx2.Client) -> None:
    """Have the client look names up here, that of a proxy too. httpx2 itself offers no place for it."""
    for transport in (client._transport, *client._mounts.values()):
        if isinstance(transport, httpx2.HTTPTransport):
            transport._pool._network_backend = _Backend()


def open_line(url: httpx2.URL, *, trusted: ssl.SSLContext | None, timeout_s: float | None) -> socket.socket:
    """A line to the server of `url`, encrypted where there is something `trusted`. Raises OSError."""
    host = url.raw_host.decode("ascii")
    port = url.port or (80 if trusted is None else 443)
    line = NAMES.connect(host, timeout_s, lambda address, s: socket.create_connection((address, port), s))
    try:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.settimeout(timeout_s)
        return line if trusted is None else trusted.wrap_socket(line, server_hostname=host)
    except BaseException:
        line.close()
        raise


def _needs_no_lookup(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return bool(ip_address(host))
    except ValueError:
        return False
