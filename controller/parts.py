"""All parts of the controller, joined. Built by `app`, `steward` and `cli`; nothing is reached until a part is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from controller.rules import local_days
from controller.rules.guard_policy import GuardPolicy
from controller.services.accounts import Accounts
from controller.services.admissions import Admissions
from controller.services.api_keys import ApiKeys
from controller.services.audit_log import AuditLog
from controller.services.audit_search import AuditSearch
from controller.services.audit_segments import AuditSegments
from controller.services.bandwidth_budget import BandwidthBudget
from controller.services.bandwidth_drift import BandwidthDrifts
from controller.services.bandwidth_history import BandwidthHistories
from controller.services.bandwidth_ledger import BandwidthLedger
from controller.services.bandwidth_status import BandwidthStatuses
from controller.services.browser_sessions import BrowserSessions
from controller.services.budget_decisions import BudgetDecisions
from controller.services.budget_load import BudgetLoads
from controller.services.clones import Clones
from controller.services.code_checks import CodeChecks
from controller.services.commands import Commands
from controller.services.decisions import Decisions
from controller.services.device_identity import DeviceIdentity
from controller.services.device_sessions import DeviceSessions
from controller.services.display_bytes import DisplayBytes
from controller.services.display_registry import DisplayRegistry
from controller.services.display_shares import DisplayShares
from controller.services.display_states import DisplayStates
from controller.services.display_views import DisplayViews
from controller.services.door import Door
from controller.services.enrolment import EnrolmentKeys
from controller.services.generations import GenerationSeals
from controller.services.metrics import Metrics
from controller.services.pairing_codes import PairingCodes
from controller.services.people import People
from controller.services.presenter_lease import PresenterLeases
from controller.services.presenters import Presenters
from controller.services.presenting_now import PresentingNow
from controller.services.push import Push
from controller.services.quality_decisions import QualityDecisions
from controller.services.quality_guard import QualityGuard
from controller.services.room_access import RoomAccess
from controller.services.room_lock import RoomLock
from controller.services.sessions import Sessions
from controller.services.sfu_metrics import SfuMetrics
from controller.services.sfu_status import SfuStatuses
from controller.services.sign_in_throttle import SignInThrottle
from controller.services.standings import Standings
from controller.services.stills import Stills
from controller.services.stores import Stores, connect
from controller.services.telemetry_minutes import TelemetryMinutes
from controller.services.telemetry_window import TelemetryWindow
from controller.services.waiting_list import WaitingList
from controller.services.wall import Wall
from controller.services.witness import Witness
from controller.settings import Settings

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock of the running programs."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Parts:
    """One of each."""

    settings: Settings
    clock: Clock
    stores: Stores
    audit_log: AuditLog
    audit_segments: AuditSegments
    audit_search: AuditSearch
    sessions: Sessions
    registry: DisplayRegistry
    standings: Standings
    window: TelemetryWindow
    telemetry_minutes: TelemetryMinutes
    leases: PresenterLeases
    device_identity: DeviceIdentity
    device_sessions: DeviceSessions
    pairing_codes: PairingCodes
    code_checks: CodeChecks
    enrolment_keys: EnrolmentKeys
    accounts: Accounts
    browser_sessions: BrowserSessions
    people: People
    api_keys: ApiKeys
    sfu_statuses: SfuStatuses
    ledger: BandwidthLedger
    display_bytes: DisplayBytes
    display_shares: DisplayShares
    budget_decisions: BudgetDecisions
    bandwidths: BandwidthStatuses
    bandwidth_history: BandwidthHistories
    bandwidth_budget: BandwidthBudget
    push: Push
    quality_decisions: QualityDecisions
    quality_guard: QualityGuard
    rooms: RoomAccess
    door: Door
    presenters: Presenters
    stills: Stills
    room_lock: RoomLock
    admissions: Admissions
    clones: Clones
    decisions: Decisions
    commands: Commands
    presenting_now: PresentingNow
    display_states: DisplayStates
    display_views: DisplayViews
    wall: Wall
    metrics: Metrics


def build(settings: Settings, clock: Clock = utc_now) -> Parts:
    """Join the parts by the settings."""

    def today() -> str:
        return local_days.day_of(clock(), settings.bandwidth.time_zone).isoformat()

    stores = connect(settings.redis_url, settings.redis_live_url)
    witness = Witness(settings.witness_file)
    audit_log = AuditLog(stores.state, witness)
    audit_segments = AuditSegments(audit_log, settings.audit_dir)
    sessions = Sessions(stores.state, audit_log)
    registry = DisplayRegistry(stores.state, audit_log)
    window = TelemetryWindow(stores.live)
    leases = PresenterLeases(stores.state, audit_log)
    device_sessions = DeviceSessions(stores.live)
    pairing_codes = PairingCodes(settings.secret_key, stores.live)
    enrolment_keys = EnrolmentKeys(stores.state, audit_log)
    accounts = Accounts(stores.state, audit_log)
    browser_sessions = BrowserSessions(stores.state, accounts)
    sfu_statuses = SfuStatuses(stores.live)
    ledger = BandwidthLedger(stores.state)
    push = Push(stores.live, settings.redis_live_url)
    sfu_metrics = SfuMetrics(settings.livekit.metrics_url if settings.livekit else None)
    display_bytes = DisplayBytes(settings.bandwidth, stores.state, window, sfu_metrics)
    display_shares = DisplayShares(sessions, registry, window, display_bytes)
    budget_decisions = BudgetDecisions(stores.state, audit_log, today)
    budget_loads = BudgetLoads(settings.bandwidth, ledger, display_bytes, display_shares)
    drifts = BandwidthDrifts(ledger, display_bytes)
    bandwidths = BandwidthStatuses(settings.bandwidth, ledger, display_shares, budget_decisions, budget_loads, drifts)
    quality_decisions = QualityDecisions(stores.live)
    quality_guard = QualityGuard(GuardPolicy(lowest=settings.lowest_limits), registry, window, quality_decisions, push)
    rooms = RoomAccess(settings)
    code_checks = CodeChecks(settings.require_pairing_code.value, pairing_codes, registry)
    decisions = Decisions(
        registry, sessions, rooms, push, code_checks, device_sessions, max_approved=settings.session_max_displays
    )
    stills = Stills(stores.live if settings.has_live_store else None)
    commands = Commands(stores.live, decisions, window, audit_log, push)
    presenting_now = PresentingNow(leases, window)
    display_views = DisplayViews(settings, sessions, registry, window, presenting_now, budget_decisions, commands)
    wall = Wall(
        settings,
        sessions,
        registry,
        window,
        presenting_now,
        display_views,
        sfu_statuses,
        bandwidths,
        budget_decisions,
        audit_log,
        quality_guard,
        stills,
    )
    return Parts(
        settings=settings,
        clock=clock,
        stores=stores,
        audit_log=audit_log,
        audit_segments=audit_segments,
        audit_search=AuditSearch(audit_log, audit_segments),
        sessions=sessions,
        registry=registry,
        standings=Standings(stores.state, witness, today),
        window=window,
        telemetry_minutes=TelemetryMinutes(stores.live, window),
        leases=leases,
        device_identity=DeviceIdentity(settings.secret_key, stores.live),
        device_sessions=device_sessions,
        pairing_codes=pairing_codes,
        code_checks=code_checks,
        enrolment_keys=enrolment_keys,
        accounts=accounts,
        browser_sessions=browser_sessions,
        people=People(accounts, browser_sessions, SignInThrottle(stores.live), sessions, leases, rooms, stills, push, audit_log),
        api_keys=ApiKeys(stores.state, audit_log),
        sfu_statuses=sfu_statuses,
        ledger=ledger,
        display_bytes=display_bytes,
        display_shares=display_shares,
        budget_decisions=budget_decisions,
        bandwidths=bandwidths,
        bandwidth_history=BandwidthHistories(settings.bandwidth, ledger, display_shares),
        bandwidth_budget=BandwidthBudget(settings.bandwidth, budget_decisions, budget_loads, display_shares, sessions, push),
        push=push,
        quality_decisions=quality_decisions,
        quality_guard=quality_guard,
        rooms=rooms,
        door=Door(settings, sessions, registry, leases, rooms, budget_decisions, audit_log),
        stills=stills,
        presenters=Presenters(leases, rooms, window, stills, push),
        room_lock=RoomLock(sessions, rooms, push),
        admissions=Admissions(
            settings,
            registry,
            enrolment_keys,
            sessions,
            decisions,
            WaitingList(registry, window),
            device_sessions,
            GenerationSeals(settings.secret_key),
            push,
        ),
        clones=Clones(device_sessions, registry),
        decisions=decisions,
        commands=commands,
        presenting_now=presenting_now,
        display_states=DisplayStates(settings, window, pairing_codes, quality_guard, stills, commands),
        display_views=display_views,
        wall=wall,
        metrics=Metrics(stores, sessions, sfu_statuses, presenting_now, display_views, bandwidths, audit_log),
    )
