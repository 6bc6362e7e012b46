"""Many tills' sockets in one thread: what a browser's Socket.IO client says, and no more."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
import threading
import time
from urllib.parse import urlsplit

PATH = "/pos/socket.io/?EIO=4&transport=websocket"


class Sockets:
    """`count` connected tills. `heard(event)` gives the moments at which each heard it since `forget`."""

    def __init__(self, address, *, count, cookies, token, on_event=None):
        self.address, self.count, self.cookies, self.token = address, count, cookies, token
        self._on_event = on_event
        self._heard = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._connect_all(), self._loop).result(120)
        return self

    def __exit__(self, *_problem):
        asyncio.run_coroutine_threadsafe(self._close_all(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def forget(self):
        self._heard.clear()

    def wait_for(self, event, *, timeout_s):
        """The `time.perf_counter()` at which each till heard the event; fewer when time is up."""
        deadline = time.monotonic() + timeout_s
        while True:
            moments = [at for name, at in list(self._heard) if name == event]
            if len(moments) >= self.count or time.monotonic() > deadline:
                return moments
            time.sleep(0.01)

    async def _connect_all(self):
        self._tasks, self._writers = [], []
        for start in range(0, self.count, 25):
            await asyncio.gather(*(self._connect() for _number in range(start, min(start + 25, self.count))))

    async def _connect(self):
        where = urlsplit(self.address)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        key = base64.b64encode(os.urandom(16)).decode()
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        writer.write(
            f"GET {PATH} HTTP/1.1\r\nHost: {where.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nOrigin: {self.address}\r\n"
            f"Cookie: {cookies}\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 101 " in head.split(b"\r\n")[0], head
        assert (await _receive(reader)).startswith("0")
        _send(writer, "40" + json.dumps({"csrf": self.token}))
        # Who joins a room may hear its news before the answer to the joining.
        while (answer := await _receive(reader)) == "2" or answer.startswith("42"):
            if answer == "2":
                _send(writer, "3")
        assert answer.startswith("40"), answer
        self._writers.append(writer)
        self._tasks.append(asyncio.ensure_future(self._listen(reader, writer)))

    async def _listen(self, reader, writer):
        try:
            while True:
                message = await _receive(reader)
                if message == "2":
                    _send(writer, "3")
                elif message.startswith("42"):
                    name, *_payload = json.loads(message[2:])
                    self._heard.append((name, time.perf_counter()))
                    if self._on_event is not None:
                        self._loop.run_in_executor(None, self._on_event, name)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return

    async def _close_all(self):
        for task in self._tasks:
            task.cancel()
        for writer in self._writers:
            writer.close()


async def _receive(reader):
    """The text of the next frame; pings and such of WebSocket itself do not come here."""
    _first, length = await reader.readexactly(2)
    if length == 126:
        (length,) = struct.unpack(">H", await reader.readexactly(2))
    elif length == 127:
        (length,) = struct.unpack(">Q", await reader.readexactly(8))
    return (await reader.readexactly(length)).decode(errors="replace")


def _send(writer, text):
    content, mask = text.encode(), os.urandom(4)
    size = bytes([0x80 | len(content)]) if len(content) < 126 else b"\xfe" + struct.pack(">H", len(content))
    masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(content))
    writer.write(b"\x81" + size + mask + masked)
