"""A bad line between a store node and its office: as a transport, and as a real TCP proxy.

One fault at most for each request of the transport, drawn from `faults`; a late request reaches the office
a second time, after others that were sent later. The TCP line cuts, stalls and corrupts anywhere, in headers
too.
"""

import contextlib
import selectors
import socket
from collections import Counter
from threading import Thread

import httpx2

# Before the office heard anything, while it answers, and after.
FAULTS = (
    "drop", "lost answer", "duplicate", "late", "corrupt request", "cut request", "corrupt answer",
    "cut answer", "cut answer silently", "500", "502", "503", "429",
)  # fmt: skip


class BadLine(httpx2.BaseTransport):
    """Every `1 / badness` th request meets a fault; `is_good` ends that."""

    def __init__(self, inner, random, *, badness=0.5, faults=FAULTS):
        self.inner = inner
        self.random = random
        self.badness = badness
        self.faults = faults
        self.is_good = False
        self.met = Counter()
        self._late = []

    def handle_request(self, request):
        content = request.read()
        self._deliver_late_ones()
        fault = (
            "none" if self.is_good or self.random.random() > self.badness else self.random.choice(self.faults)
        )
        self.met[fault] += 1
        if fault == "drop":
            raise httpx2.ConnectError("no route to the office", request=request)
        if fault == "late":
            self._late.append((request, content))
            raise httpx2.ReadTimeout("nobody answered in time", request=request)
        if fault.isdigit():
            more = {"Retry-After": "30"} if fault == "429" else {}
            return httpx2.Response(int(fault), headers=more, content=b"<html>Something else</html>")
        if fault == "duplicate":
            self._ask(request, content)
        if fault == "corrupt request":
            content = corrupted(content, self.random)
        if fault == "cut request":
            content = content[: self.random.randrange(len(content) + 1)]
        status, headers, answer = self._ask(request, content)
        if fault == "lost answer":
            raise httpx2.ReadTimeout("nobody answered in time", request=request)
        if fault == "corrupt answer":
            answer = corrupted(answer, self.random)
        cut_at = self.random.randrange(len(answer) + 1)
        if fault == "cut answer silently":
            answer = answer[:cut_at]
        parts = _Cut(answer[:cut_at]) if fault == "cut answer" else _Whole(answer, self.random)
        return httpx2.Response(status, headers=headers, stream=parts)

    def _ask(self, request, content):
        headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"content-length"]
        copy = httpx2.Request(request.method, request.url, headers=headers, content=content)
        response = self.inner.handle_request(copy)
        try:
            answer = b"".join(response.stream)
        finally:
            response.close()
        headers = [(n, v) for n, v in response.headers.raw if n.lower() != b"content-length"]
        return response.status_code, headers, answer

    def _deliver_late_ones(self):
        if self._late and (self.is_good or self.random.random() < 0.3):
            waiting, self._late = self._late, []
            self.random.shuffle(waiting)
            for request, content in waiting:
                self._ask(request, content)

    def close(self):
        self.inner.close()


class _Whole(httpx2.SyncByteStream):
    """All bytes, in pieces of any size."""

    def __init__(self, content, random):
        self._content = content
        self._random = random

    def __iter__(self):
        rest = self._content
        while rest:
            size = self._random.choice((1, 7, 100, 10_000, 1_000_000))
            yield rest[:size]
            rest = rest[size:]


class _Cut(httpx2.SyncByteStream):
    """Some bytes, then the cable is pulled."""

    def __init__(self, content):
        self._content = content

    def __iter__(self):
        yield self._content
        raise httpx2.ReadError("connection lost")


def corrupted(content, random):
    """The same with one byte changed."""
    if not content:
        return content
    place = random.randrange(len(content))
    changed = content[place] ^ (1 << random.randrange(8))
    return content[:place] + bytes([changed]) + content[place + 1 :]


class TcpLine:
    """Listens at `address` and carries bytes to `target` and back; each connection may meet a fault."""

    def __init__(self, target, random, *, host="127.0.0.2", badness=0.4):
        self.target = target
        self.random = random
        self.badness = badness
        self.is_good = False
        self.met = Counter()
        self._listener = socket.create_server((host, 0))
        self.url = f"http://{host}:{self._listener.getsockname()[1]}/bridge/v1"
        self._is_closing = False
        self._lines = set()
        self._threads = [Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self):
        while not self._is_closing:
            try:
                near, _peer = self._listener.accept()
            except OSError:
                return
            carrier = Thread(target=self._carry, args=(near,), daemon=True)
            self._threads.append(carrier)
            carrier.start()

    def _carry(self, near):
        kinds = ("refuse", "corrupt up", "corrupt down", "cut up", "cut down", "slow")
        fault = (
            self.random.choice(kinds) if not self.is_good and self.random.random() < self.badness else "none"
        )
        self.met[fault] += 1
        if fault == "refuse":
            near.close()
            return
        try:
            far = socket.create_connection(self.target, timeout=5)
        except OSError:
            near.close()
            return
        self._lines |= {near, far}
        # Where in the connection it happens: usually in the first answers, sometimes never.
        left = {near: self._place(fault, "up"), far: self._place(fault, "down")}
        with contextlib.suppress(OSError), near, far, selectors.DefaultSelector() as ready:
            for end in (near, far):
                ready.register(end, selectors.EVENT_READ)
            while not self._is_over(fault) and self._move(ready, near, far, left, fault):
                pass
        self._lines -= {near, far}

    def _is_over(self, fault):
        """Also of a connection that was just being made when all others were hung up."""
        return self._is_closing or (self.is_good and fault != "none")

    def _place(self, fault, direction):
        return self.random.randrange(1_500) if fault.endswith(direction) else None

    def _move(self, ready, near, far, left, fault):
        """Carry what came; False at the end of the connection."""
        for key, _events in ready.select(timeout=30):
            end = key.fileobj
            other = far if end is near else near
            # The slow line hands on a few bytes at a time, so that everything is read in pieces.
            content = end.recv(97 if fault == "slow" else 65_536)
            if not content:
                return False
            place = left[end]
            if place is not None and place < len(content) and fault.startswith("cut"):
                other.sendall(content[:place])
                return False
            if place is not None and place < len(content):
                changed = content[place] ^ (1 << self.random.randrange(8))
                content = content[:place] + bytes([changed]) + content[place + 1 :]
                left[end] = None
            elif place is not None:
                left[end] = place - len(content)
            other.sendall(content)
        return True

    def mend(self):
        """From now on the line is good, also where a connection still stands."""
        self.is_good = True
        self._hang_up()

    def _hang_up(self):
        for line in list(self._lines):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._is_closing = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        # Once nobody accepts any more no connection comes to be.
        self._threads[0].join(5)
        self._hang_up()
        for thread in list(self._threads):
            thread.join(5)
        assert not any(thread.is_alive() for thread in self._threads)
