"""Ports for servers that tests start.

They lie below those that the kernel gives to whoever asks for any, each test process has some hundreds of its
own, and each is given once: so nobody takes one in the seconds between choosing and opening it.
"""

import os
import socket
from contextlib import suppress
from itertools import cycle

FIRST, OF_EACH, LAST = 20_000, 600, 20
# Of pytest-xdist: gw0, gw1, …; whoever works without it, such as the tests in the browser, has the last ones.
_whose = int(os.environ.get("PYTEST_XDIST_WORKER", f"gw{LAST}").removeprefix("gw")) % (LAST + 1)
# Several runs of the tests at once have the same ones, but not in the same order.
_begin = os.getpid() % OF_EACH
_ports = cycle(FIRST + OF_EACH * _whose + (_begin + number) % OF_EACH for number in range(OF_EACH))


def free_port():
    """To be opened soon. One that another run has taken is left out."""
    while True:
        port = next(_ports)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
