"""What one worker of a house tells the others of the same house, through Redis.

Invariants: what is told here is a hint and never data, so that whoever misses one (Redis was away) loses
time and nothing else, and looks for itself as soon as it hears again; nobody who tells waits longer than two
seconds; a lone worker tells nobody.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

CONNECT_S = 2.0
PAUSE_S = 1.0
log = structlog.get_logger("evertill.relay")


class Relay:
    """`hear(topic, listener)` before `start`; listeners run on the relay's thread and must be quick."""

    def __init__(self, redis_url: str | None, *, channel: str) -> None:
        self._channel = f"evertill:{channel}"
        self._me = uuid4().hex
        self._listeners: dict[str, Callable[[dict[str, Any]], None]] = {}
        self._look: Callable[[], None] = lambda: None
        self._is_stopping = Event()
        self._redis = _connection(redis_url) if redis_url else None
        self._thread = Thread(target=self._run, name=f"relay-{channel}", daemon=True)

    @property
    def is_alone(self) -> bool:
        return self._redis is None

    def hear(self, topic: str, listener: Callable[[dict[str, Any]], None]) -> None:
        self._listeners[topic] = listener

    def look_after_gap(self, look: Callable[[], None]) -> None:
        """`look()` is called whenever the others are heard (again): what they told before was missed."""
        self._look = look

    def tell(self, topic: str, content: dict[str, Any]) -> None:
        """Tell the other workers, now; after the commit that it is about."""
        if self._redis is None:
            return
        try:
            self._redis.publish(
                self._channel, json.dumps({"from": self._me, "topic": topic, "content": content})
            )
        except RedisError as problem:
            log.warning("the other workers were not told", topic=topic, problem=type(problem).__name__)

    def start(self) -> None:
        if self._redis is not None:
            self._thread.start()

    def stop(self) -> None:
        self._is_stopping.set()
        if self._redis is not None:
            if self._thread.ident is not None:
                self._thread.join(CONNECT_S + PAUSE_S + 1)
            self._redis.close()

    def _run(self) -> None:
        while not self._is_stopping.is_set():
            try:
                self._listen()
            except RedisError as problem:
                log.warning("the other workers are not heard", problem=type(problem).__name__)
                self._is_stopping.wait(PAUSE_S)

    def _listen(self) -> None:
        assert self._redis is not None
        with self._redis.pubsub() as line:  # type: ignore[no-untyped-call]
            line.subscribe(self._channel)
            while not self._is_stopping.is_set():
                message = line.get_message(timeout=PAUSE_S)
                kind = message["type"] if message is not None else ""
                if kind == "subscribe":
                    self._look_for_itself()
                elif kind == "message":
                    self._take(message["data"])

    def _look_for_itself(self) -> None:
        try:
            self._look()
        except Exception as problem:
            log.error("what was missed could not be looked for", exc_info=problem)

    def _take(self, text: str) -> None:
        # Whatever somebody writes into the channel, the thread that listens to it goes on.
        try:
            told = json.loads(text)
            listener = self._listeners.get(told["topic"])
            if told["from"] != self._me and listener is not None:
                listener(told["content"])
        except Exception as problem:
            log.error("a hint of another worker failed", told=text[:200], exc_info=problem)


def _connection(url: str) -> Redis:
    # Tried once: whoever tells must not wait for a Redis that is away.
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=CONNECT_S,
        socket_timeout=CONNECT_S,
        health_check_interval=10,
        retry=Retry(NoBackoff(), 0),
    )
