"""What was started ends when it is stopped: a worker that is replaced leaves nothing running."""

import threading

import socketio

from app import build
from pos_web.office_socket import Line
from tests.conftest import Live
from tests.waiting import wait_until


def test_a_stopped_house_leaves_no_thread_behind_even_when_a_socket_was_open(settings):
    before = set(threading.enumerate())
    evertill = build(settings)
    evertill.start()
    live = Live(url="", evertill=evertill, port=0)
    live.start()
    # The handshake is all that it takes to start the thread that looks after the connections.
    client = socketio.Client(reconnection=False, websocket_extra_options={"class_": Line})
    try:
        client.connect(live.url, socketio_path="/pos/socket.io", transports=["websocket"], retry=False)
    except socketio.exceptions.ConnectionError:
        pass
    finally:
        client.disconnect()
    live.stop()
    evertill.stop()
    wait_until(lambda: set(threading.enumerate()) <= before)
