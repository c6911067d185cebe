"""Who does something in this request, as the audit log names them."""

from __future__ import annotations

from controller.rules.audit_chain import Actor, ActorKind
from controller.web.access import account, is_program
from controller.web.request_origin import address, request_id


def actor() -> Actor:
    """Who acts, in a view for people and programs."""
    return Actor(ActorKind.API_KEY if is_program() else ActorKind.ACCOUNT, account().name, address(), request_id())
