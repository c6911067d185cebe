"""Those who were in a room when its SFU crashed: Redis still lists them, and they must not count as present."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from controller import settings
from controller.parts import Parts, utc_now
from controller.steward import Steward
from onebox.sfu import forget_nodes
from onebox.waiting import wait_until
from tests.integration.people import display_token, enrolled
from tests.support.announced_logs import AnnouncedLogs
from tests.support.controller_app import open_app
from tests.support.guest import Guest
from tests.support.own_stores import OwnStore
from tests.support.sfu import SfuProcess
from tests.support.stewards import steward_in_office
from wire.admin import SfuStatus


@pytest.fixture
def crashing(own_state_store: OwnStore, tmp_path: Path) -> Iterator[SfuProcess]:
    """An SFU that keeps its rooms in Redis, as one on a VPS does."""
    own = SfuProcess(tmp_path, redis_address=own_state_store.url.removeprefix("unix://"))
    own.start()
    yield own
    own.process.kill()


@pytest.fixture
def app(wanted: settings.Settings, livekit: settings.LiveKitSettings, crashing: SfuProcess) -> Iterator[Flask]:
    """The application with that SFU."""
    there = crashing.address
    with open_app(replace(wanted, livekit=replace(livekit, url=there.url, api_url=there.api_url))) as opened:
        yield opened


def test_who_was_in_the_room_before_a_crash_is_not_present_after_it(
    app: Flask,
    parts: Parts,
    crashing: SfuProcess,
    own_state_store: OwnStore,
    make_guest: Callable[[], Guest],
    announced_logs: AnnouncedLogs,
) -> None:
    announced_logs.allow("the SFU (at .* does not answer|refused)")
    steward, guest = steward_in_office(parts), make_guest()
    token = display_token(enrolled(app, parts))
    assert guest.join(token.sfu_url, token.token) == "joined"
    assert identities(look(steward, parts)) == [token.identity]
    crashing.process.kill()
    guest.close()
    forget_nodes(own_state_store.url)
    crashing.start()
    first = wait_until(lambda: look(steward, parts), "the SFU answers again")
    assert identities(first) == []


def look(steward: Steward, parts: Parts) -> SfuStatus | None:
    """Session 1's room as the steward sees it; None while the SFU does not answer."""
    assert steward.enter_office()
    status = steward.look_at(parts.sessions.get(1), utc_now())
    return status if status is not None and status.up else None


def identities(status: SfuStatus | None) -> list[str]:
    """Who is in the room."""
    assert status is not None, "the SFU does not answer"
    return [participant.identity for participant in status.participants]
