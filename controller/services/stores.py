"""The two Redis stores.

`StoreUnavailable` is what a caller outside the services catches; everything redis-py raises is one. No call waits long: who
asks gets a 503 soon and comes again (a display in 5 s), rather than holding a worker's thread.

While a store is lost, one call at a time finds out whether it is back and the others fail at once: a store that hangs takes one
thread and not all. Nothing is sent twice: whether a move that got no answer was made, only the store knows.

That a store is lost and that it is back is logged here, once a process; who catches `StoreUnavailable` need not say it again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar, cast

import redis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.retry import Retry

log = logging.getLogger(__name__)

StoreUnavailable: TypeAlias = redis.RedisError

NO_ANSWER = (redis.ConnectionError, redis.TimeoutError)
"""The store cannot be reached, or is not ready yet; every other error is an answer."""

Value: TypeAlias = str | int | float

T = TypeVar("T")


class Script(Protocol):
    """A registered Lua script."""

    def __call__(self, *, keys: Sequence[str], args: Sequence[Value]) -> Any: ...


class Store(Protocol):
    """The commands we use, as a client that decodes its answers types them (redis-py types them for both kinds of client)."""

    connection_pool: redis.ConnectionPool
    """For those who bring their own client."""

    def get(self, name: str) -> str | None: ...

    def set(
        self, name: str, value: Value, *, ex: int | None = None, nx: bool = False, xx: bool = False, keepttl: bool = False
    ) -> object: ...

    def mget(self, keys: Sequence[str]) -> list[str | None]: ...

    def delete(self, *names: str) -> int: ...

    def ttl(self, name: str) -> int: ...

    def hget(self, name: str, key: str) -> str | None: ...

    def hgetall(self, name: str) -> dict[str, str]: ...

    def hmget(self, name: str, keys: Sequence[str]) -> list[str | None]: ...

    def hset(
        self, name: str, key: str | None = None, value: Value | None = None, mapping: Mapping[str, Value] | None = None
    ) -> int: ...

    def hdel(self, name: str, *keys: str) -> int: ...

    def hsetnx(self, name: str, key: str, value: Value) -> int: ...

    def lrange(self, name: str, start: int, end: int) -> list[str]: ...

    def llen(self, name: str) -> int: ...

    def publish(self, channel: str, message: str) -> int: ...

    def pipeline(self, transaction: bool = True) -> Any: ...

    def pubsub(self) -> Any: ...

    def register_script(self, script: str) -> Script: ...

    def ping(self) -> object: ...


@dataclass(frozen=True)
class Stores:
    """`state` is never lost; `live` may be. One server may serve both."""

    state: Store
    live: Store


def connect(state_url: str, live_url: str) -> Stores:
    """Clients of both stores; nothing is connected until the first command."""
    state = _client("state", state_url)
    return Stores(state=state, live=state if live_url == state_url else _client("live", live_url))


def subscriber_client(url: str) -> Store:
    """A client for one subscription: no retries of its own, because its owner must notice each loss and resynchronise."""
    return cast(
        Store, redis.Redis.from_url(url, decode_responses=True, socket_connect_timeout=1.0, socket_timeout=2.0, retry=None)
    )


class _Link:
    """The link to one store, as this process finds it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._is_lost = False
        self._probe = threading.Lock()

    def attempt(self, call: Callable[[], T]) -> T:
        """The call's answer. Raises StoreUnavailable, and at once while another call finds out whether the store is back."""
        is_probe = self._is_lost
        if is_probe and not self._probe.acquire(blocking=False):
            raise redis.ConnectionError(f"the {self._name} store is lost")
        try:
            answer = call()
        except NO_ANSWER as error:
            if self._turns(lost=True):
                log.warning("store lost store=%s error=%s", self._name, error)
            raise
        finally:
            if is_probe:
                self._probe.release()
        if self._is_lost and self._turns(lost=False):
            log.info("store is back store=%s", self._name)
        return answer

    def _turns(self, *, lost: bool) -> bool:
        """Whether this is news."""
        with self._lock:
            before, self._is_lost = self._is_lost, lost
            return before is not lost


class _Client(redis.Redis):
    """Calls over a link."""

    def __init__(self, link: _Link, pool: redis.ConnectionPool) -> None:
        super().__init__(connection_pool=pool)
        self._link = link

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """As redis-py's."""
        return self._link.attempt(lambda: super(_Client, self).execute_command(*args, **options))  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """As redis-py's."""
        return _Pipeline(self._link, self.connection_pool, self.response_callbacks, transaction, shard_hint)


class _Pipeline(Pipeline):
    """Calls over a link, many at once."""

    def __init__(self, link: _Link, *args: Any) -> None:
        super().__init__(*args)
        self._link = link

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """As redis-py's."""
        return self._link.attempt(lambda: super(_Pipeline, self).execute(raise_on_error))


def _client(name: str, url: str) -> Store:
    pool = redis.BlockingConnectionPool.from_url(
        url,
        decode_responses=True,
        max_connections=64,
        timeout=1.0,
        socket_connect_timeout=1.0,
        socket_timeout=1.0,
        retry=Retry(NoBackoff(), 0),
    )
    return cast(Store, _Client(_Link(name), pool))
