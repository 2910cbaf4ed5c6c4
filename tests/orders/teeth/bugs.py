"""The bugs: each one careless line, planted by a patch into the desk as it is."""

import uuid
from contextlib import nullcontext
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from django.db import connection
from django.utils import timezone
from django.utils.safestring import mark_safe

from orders.models import Attempt, Edit, Order
from orders.services import attempts, concluding, mirror, sending, settling, submitting, transitions, writing
from orders.states import State
from vendors import fields, http, transport
from vendors.contract import Request, Vendor
from vendors.errors import Unreachable

Patch = pytest.MonkeyPatch
ONE_IN_FLIGHT = next(each for each in Edit._meta.constraints if each.name == "one_edit_in_flight")


def _resend(edit: Edit) -> None:
    request = Request(method=edit.method, path=edit.path, body=edit.payload)
    edit.account.connect().send(request, edit.hold)


def resend_after_takeover(patch: Patch) -> None:
    advance = sending._advance

    def careless(edit: Edit) -> None:
        if edit.state == State.SENDING:
            _resend(edit)
        advance(edit)

    patch.setattr(sending, "_advance", careless)


def retry_what_is_unknown(patch: Patch) -> None:
    lose = sending._lose_answer

    def careless(edit: Edit, *args: Any) -> None:
        _resend(edit)
        lose(edit, *args)

    patch.setattr(sending, "_lose_answer", careless)


def retry_a_broken_connection(patch: Patch) -> None:
    write = http.Http.write

    def careless(self: http.Http, *args: Any, **more: Any) -> Any:
        try:
            return write(self, *args, **more)
        except Unreachable:
            return write(self, *args, **more)

    patch.setattr(http.Http, "write", careless)


def trust_an_answer_that_says_yes(patch: Patch) -> None:
    look = concluding.conclude_by_looking

    def careless(edit: Edit) -> None:
        if edit.answer["said"] == "yes":
            landed = {name: {"landed": "yes", "now": ""} for name in edit.changes}
            transitions.move(edit, State.APPLIED, landed=landed)
        else:
            look(edit)

    patch.setattr(sending, "conclude_by_looking", careless)


def trust_an_answer_that_says_no(patch: Patch) -> None:
    look = concluding.conclude_by_looking

    def careless(edit: Edit) -> None:
        if edit.answer["said"] == "no":
            transitions.move(edit, State.REFUSED)
        else:
            look(edit)

    patch.setattr(sending, "conclude_by_looking", careless)


def look_only_once(patch: Patch) -> None:
    patch.setattr(concluding, "_looks_left", lambda edit: False)


def record_the_attempt_after_the_send(patch: Patch) -> None:
    end = attempts.end_attempt
    later: list[dict[str, Any]] = []

    def careless(edit: Edit, *args: Any, **columns: Any) -> None:
        for attempt in later:
            Attempt.objects.create(**attempt | {"started_at": timezone.now()})
        later.clear()
        end(edit, *args, **columns)

    patch.setattr(attempts, "insert", lambda model, **attempt: later.append(attempt))
    patch.setattr(sending, "end_attempt", careless)


def let_everybody_send_at_once(patch: Patch) -> None:
    patch.setattr(submitting, "_refuse_busy", lambda order: None)
    with connection.schema_editor() as editor:
        editor.remove_constraint(Edit, ONE_IN_FLIGHT)


def restore_the_constraint() -> None:
    """What `let_everybody_send_at_once` took out of the database."""
    with connection.cursor() as cursor:
        there = connection.introspection.get_constraints(cursor, Edit._meta.db_table)
    if ONE_IN_FLIGHT.name not in there:
        with connection.schema_editor() as editor:
            editor.add_constraint(Edit, ONE_IN_FLIGHT)


def write_history_in_a_second_transaction(patch: Patch) -> None:
    for module in (attempts, transitions):
        patch.setattr(module, "transaction", SimpleNamespace(atomic=lambda **how: nullcontext()))


def ask_for_no_fence(patch: Patch) -> None:
    patch.setattr(
        transitions, "_update", lambda edit, columns: Edit.objects.filter(pk=edit.pk).update(**columns) and None
    )


def send_however_late(patch: Patch) -> None:
    patch.setattr(sending, "begun_before", lambda moment: nullcontext())


def keep_the_lock_in_mind_only(patch: Patch) -> None:
    def careless(*, edit: Edit, vendor: Vendor) -> None:
        edit.hold = vendor.take(edit.order.vendor_id)

    patch.setattr(sending, "take_hold", careless)


def give_no_lock_back(patch: Patch) -> None:
    patch.setattr(sending, "release_hold", lambda **_: None)
    patch.setattr(sending, "release_left_holds", lambda: 0)
    patch.setattr(settling, "release_left_holds", lambda: 0)


def send_what_the_form_showed(patch: Patch) -> None:
    refuse_or_send = sending._refuse_or_send
    patch.setattr(
        sending,
        "_refuse_or_send",
        lambda edit, vendor, raw, changes: refuse_or_send(edit, vendor, sending._seen(edit).raw, changes),
    )


def count_no_tokens(patch: Patch) -> None:
    accept = submitting._accept

    def careless(order: Order, author: Any, draft: Any, token: str, *more: Any) -> Edit:
        return accept(order, author, draft, f"{token}-{uuid.uuid4()}", *more)

    patch.setattr(submitting, "_accept", careless)


def follow_redirects(patch: Patch) -> None:
    class Follower(requests.Session):
        def send(self, request: Any, **how: Any) -> Any:
            return super().send(request, **{**how, "allow_redirects": True})

    patch.setattr(http, "new_session", Follower)


def wait_for_each_byte_anew(patch: Patch) -> None:
    patch.setattr(transport._Watch, "expire", lambda self: None)


def ask_for_leave_only_once(patch: Patch) -> None:
    patch.setattr(sending, "_reason_not_to_start", lambda edit: "")


def credit_what_is_found_to_the_vendor(patch: Patch) -> None:
    store = mirror.store_found

    def careless(*, edit: Any = None, as_of: datetime, **more: Any) -> Any:
        return store(as_of=as_of, **more)

    patch.setattr(mirror, "store_found", careless)
    patch.setattr(writing, "IN_FLIGHT", ("never",))


def believe_vendors_to_send_markup(patch: Patch) -> None:
    patch.setattr(fields, "legible", mark_safe)
