"""The two Redis stores.

`StoreUnavailable` is what a caller outside the services catches; everything redis-py raises is one. No call waits long: who
asks gets a 503 soon and comes again (a display in 5 s), rather than holding a worker's thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, cast

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

StoreUnavailable: TypeAlias = redis.RedisError

Value: TypeAlias = str | int | float


class Script(Protocol):
    """A registered Lua script."""

    def __call__(self, *, keys: Sequence[str], args: Sequence[Value]) -> Any: ...


class Store(Protocol):
    """The commands we use, as a client that decodes its answers types them (redis-py types them for both kinds of client)."""

    def get(self, name: str) -> str | None: ...

    def set(self, name: str, value: Value, *, ex: int | None = None, nx: bool = False) -> object: ...

    def mget(self, keys: Sequence[str]) -> list[str | None]: ...

    def delete(self, *names: str) -> int: ...

    def ttl(self, name: str) -> int: ...

    def hget(self, name: str, key: str) -> str | None: ...

    def hgetall(self, name: str) -> dict[str, str]: ...

    def hset(
        self, name: str, key: str | None = None, value: Value | None = None, mapping: Mapping[str, Value] | None = None
    ) -> int: ...

    def hsetnx(self, name: str, key: str, value: Value) -> int: ...

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
    state = _client(state_url)
    return Stores(state=state, live=state if live_url == state_url else _client(live_url))


def subscriber_client(url: str) -> Store:
    """A client for one subscription: no retries of its own, because its owner must notice each loss and resynchronise."""
    return cast(
        Store, redis.Redis.from_url(url, decode_responses=True, socket_connect_timeout=1.0, socket_timeout=2.0, retry=None)
    )


def _client(url: str) -> Store:
    pool = redis.BlockingConnectionPool.from_url(
        url,
        decode_responses=True,
        max_connections=64,
        timeout=1.0,
        socket_connect_timeout=1.0,
        socket_timeout=1.0,
        health_check_interval=15,
        retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.2), 2),
    )
    return cast(Store, redis.Redis(connection_pool=pool))
