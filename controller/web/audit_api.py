"""The audit log for admins: a list for programs, a table for people."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from controller.rules.audit_chain import AuditRecord, Fact
from controller.rules.audit_codes import AuditCode
from controller.rules.audit_filter import AuditFilter
from controller.web import messages
from controller.web.access import Audience, account, opens_to, parts
from controller.web.messages import exchange
from wire.audit import AuditEntry, AuditList, AuditQuery

blueprint = Blueprint("audit_api", __name__)

UNTOLD = ("revision",)
"""Facts that change with every move and tell people nothing."""


@blueprint.get("/api/admin/audit")
@opens_to(Audience.ADMIN)
@exchange(asks=AuditQuery, gives=AuditList)
def audit() -> Response:
    """Records, newest first, by who, what, target, and before or after a sequence."""
    query = messages.asked(AuditQuery)
    return messages.answer(_found(_filter_of(query), query.limit))


@blueprint.get("/audit")
@opens_to(Audience.ADMIN_IN_PERSON)
@exchange(asks=AuditQuery)
def page() -> str:
    """The same as a table with a form."""
    query = messages.asked(AuditQuery)
    wanted = _filter_of(query)
    return render_template(
        "audit.html",
        user=account().name,
        role=account().role.value,
        wanted=wanted,
        found=_found(wanted, query.limit),
        codes=list(AuditCode),
        changes=changes,
    )


def changes(entry: AuditEntry) -> list[tuple[str, Fact, Fact]]:
    """What differs between before and after: name of the fact, its value before, its value after. Nothing and no are alike."""
    names = [*entry.before, *(name for name in entry.after if name not in entry.before)]
    both = [(name, entry.before.get(name), entry.after.get(name)) for name in names if name not in UNTOLD]
    return [(name, before, after) for name, before, after in both if before != after and (before or after)]


def _found(wanted: AuditFilter, limit: int) -> AuditList:
    found = parts().audit_search.find(wanted, limit)
    return AuditList(
        entries=[_entry(record) for record in found.records],
        more=found.before is not None,
        next_before=found.before,
        head_sequence=found.head.sequence,
        head_hash=found.head.hash,
        trouble=found.trouble,
    )


def _entry(record: AuditRecord) -> AuditEntry:
    deed = record.deed
    return AuditEntry(
        sequence=record.sequence,
        at=deed.at,
        by=deed.by.kind.value,
        who=deed.by.name,
        what=deed.what,
        address=deed.by.address,
        target=deed.target,
        before=dict(deed.before),
        after=dict(deed.after),
        request=deed.by.request_id,
        hash=record.hash,
    )


def _filter_of(query: AuditQuery) -> AuditFilter:
    return AuditFilter(who=query.who, what=query.what, target=query.target, before=query.before, after=query.after)
