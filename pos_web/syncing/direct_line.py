"""Asks the office for changes by the standard library's HTTP client, over connections that are kept.

Every press on Sync and every update waits for this one request, and httpx2 takes half a millisecond of it, a
tenth of a usual update (docs/decisions/0015). Everything else, and every line through a proxy, is httpx2's.

Invariants: what goes wrong is raised as httpx2's own errors, so that callers know one kind; a connection is
kept only when its answer was read to the end, for as long as httpx2 would; one that the office hung up
meanwhile is not used again.
"""

from __future__ import annotations

import select
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from socket import socket
from time import monotonic
from urllib.request import getproxies, proxy_bypass

import httpx2

from pos_web.syncing.name_lookup import open_line

BLOCK = 64 * 1024
# Of a connection that nobody used for longer it is not known whether the way still leads anywhere.
KEPT_S = 5.0
PORTS = {"http": 80, "https": 443}
GZIP = 31  # zlib's "window bits" for a stream with gzip's header and checksum


def is_direct(url: httpx2.URL) -> bool:
    """An address that `DirectLine` can ask: this computer's environment names no proxy on the way to it."""
    if url.scheme not in {"http", "https"} or not url.host:
        return False
    return not getproxies().keys() & {"all", url.scheme} or bool(proxy_bypass(url.host))


class Answer:
    """What is used of httpx2's response. Reading raises httpx2.ReadError and httpx2.DecodingError."""

    def __init__(self, response: HTTPResponse) -> None:
        self._response = response
        self.status_code = response.status
        self.headers = response.headers
        # The whole body, after `read`.
        self.content = b""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status_code < 300

    def read(self) -> bytes:
        self.content = b"".join(self.iter_bytes())
        return self.content

    def iter_bytes(self) -> Iterator[bytes]:
        """The body in pieces as they come, unpacked."""
        pieces = self._pieces()
        return _unpacked(pieces) if self.headers.get("Content-Encoding") == "gzip" else pieces

    def _pieces(self) -> Iterator[bytes]:
        try:
            while piece := self._response.read1(BLOCK):
                yield piece
        except (OSError, HTTPException) as problem:
            raise httpx2.ReadError(_words(problem)) from problem
        if self._response.length:
            raise httpx2.ReadError("the answer ended before its length")


class DirectLine:
    """Connections to the office at `base_url`. Safe to share between threads."""

    def __init__(self, base_url: httpx2.URL) -> None:
        self._url = base_url
        self._path = base_url.raw_path.decode("ascii")
        # The port in any case: http.client would look for one in the digits of an IPv6 address.
        self._host, self._port = base_url.raw_host.decode("ascii"), base_url.port or PORTS[base_url.scheme]
        self._trusted = httpx2.create_ssl_context() if base_url.scheme == "https" else None
        # Each with the moment since when it is idle.
        self._idle: list[tuple[HTTPConnection, float]] = []
        self._is_closed = False

    @contextmanager
    def get(
        self,
        target: str,
        *,
        headers: Mapping[str, str],
        timeout: httpx2.Timeout,
        meanwhile: Callable[[], None] | None = None,
    ) -> Iterator[Answer]:
        """The answer to `target`, which follows the base address; `meanwhile` is called while it is awaited.

        Raises httpx2's ConnectError, WriteError and ReadError, and what `meanwhile` raises.
        """
        connection, is_kept = self._connection(timeout), False
        try:
            _ask(connection, self._path + target, headers)
            if meanwhile is not None:
                meanwhile()
            response = _answer_of(connection)
            try:
                yield Answer(response)
                is_kept = _is_read(response) and connection.sock is not None
            finally:
                response.close()
        finally:
            if is_kept and not self._is_closed:
                self._idle.append((connection, monotonic()))
            else:
                connection.close()

    def close(self) -> None:
        """Keep no connection any more; whoever is reading reads on."""
        self._is_closed = True
        while (idle := self._take()) is not None:
            idle[0].close()

    def _take(self) -> tuple[HTTPConnection, float] | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _connection(self, timeout: httpx2.Timeout) -> HTTPConnection:
        while (idle := self._take()) is not None:
            connection, since = idle
            if monotonic() - since < KEPT_S and not _has_news(connection.sock):
                connection.sock.settimeout(timeout.read)
                return connection
            connection.close()
        connection = self._new_connection(timeout.connect)
        try:
            connection.sock = open_line(self._url, trusted=self._trusted, timeout_s=timeout.connect)
        except OSError as problem:
            raise httpx2.ConnectError(_words(problem)) from problem
        connection.sock.settimeout(timeout.read)
        return connection

    def _new_connection(self, timeout_s: float | None) -> HTTPConnection:
        if self._trusted is None:
            return HTTPConnection(self._host, self._port, timeout=timeout_s)
        return HTTPSConnection(self._host, self._port, timeout=timeout_s, context=self._trusted)


def _ask(connection: HTTPConnection, path: str, headers: Mapping[str, str]) -> None:
    try:
        connection.request("GET", path, headers=dict(headers))
    except (OSError, HTTPException, ValueError) as problem:
        raise httpx2.WriteError(_words(problem)) from problem


def _answer_of(connection: HTTPConnection) -> HTTPResponse:
    try:
        return connection.getresponse()
    except (OSError, HTTPException) as problem:
        raise httpx2.ReadError(_words(problem)) from problem


def _is_read(response: HTTPResponse) -> bool:
    return response.isclosed() or response.length == 0


def _has_news(sock: socket) -> bool:
    """On a line where nothing was asked there is only one news: that the other side hung up."""
    if hasattr(select, "poll"):
        # `select` knows no socket above the thousandth, which a busy node has.
        line = select.poll()
        line.register(sock, select.POLLIN)
        return bool(line.poll(0))
    return bool(select.select([sock], [], [], 0)[0])


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    unpack = zlib.decompressobj(GZIP)
    try:
        for piece in pieces:
            if text := unpack.decompress(piece):
                yield text
    except zlib.error as problem:
        raise httpx2.DecodingError(str(problem)) from problem


def _words(problem: Exception) -> str:
    return str(problem) or type(problem).__name__
