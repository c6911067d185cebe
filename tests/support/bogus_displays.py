"""Bogus displays, as a program of their own: each has a key that nobody knows, takes a nonce, says hello and is not heard again.

    python -m tests.support.bogus_displays HOST PORT FIRST COUNT SECONDS

Numbers FIRST and following, spread over SECONDS, from 50 addresses; prints how often each status came as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from http.client import HTTPConnection

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.support.device import BOOT_ID, HELLO, signed_headers
from wire.display import Hardware, Hello

ADDRESSES = 50


def main(host: str, port: int, first: int, count: int, seconds: float) -> None:
    """Knock, and print what was answered."""
    connection, answers, began_at = HTTPConnection(host, port, timeout=30), Counter[int](), time.monotonic()
    for done in range(count):  # a sender's pace, not a wait for anything
        time.sleep(max(0.0, began_at + seconds * done / count - time.monotonic()))
        answers[knock(connection, f"{host}:{port}", first + done)] += 1
    connection.close()
    print(json.dumps(answers))


def knock(connection: HTTPConnection, host: str, number: int) -> int:
    """The status of one display's hello."""
    origin = {"Content-Type": "application/json", "X-Forwarded-For": f"203.0.113.{number % ADDRESSES}"}
    connection.request("POST", "/api/device/v1/nonce", b"{}", origin)
    answered = connection.getresponse()
    nonce = json.loads(answered.read()).get("nonce")
    if nonce is None:
        return answered.status
    hello = Hello(boot_id=BOOT_ID, run_id=f"{number:032x}", version="0.1.0", hardware=Hardware(hostname=f"bogus {number}"))
    body = hello.to_json().encode()
    headers = signed_headers(Ed25519PrivateKey.generate(), body, nonce, host=host)
    connection.request("POST", HELLO, body, {**origin, **headers})
    answered = connection.getresponse()
    answered.read()
    return answered.status


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
