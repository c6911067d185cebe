"""What every test may ask for: real stores, real parts, and logs that hold no surprise."""

from __future__ import annotations

pytest_plugins = [
    "tests.support.stores",
    "tests.support.own_stores",
    "tests.support.announced_logs",
    "tests.support.controller_app",
    "tests.support.served_controller",
    "tests.support.figures",
    "tests.support.tallies",
    "tests.support.cases",
    "tests.support.served_controller",
    "tests.support.sfu",
]
