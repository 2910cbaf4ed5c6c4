"""Accept changes as edits: written down and committed before anybody is told so, once per form."""

from collections.abc import Sequence
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from orders.models import Edit, EditField, Order, Step
from orders.search.folding import searchable_ticket
from orders.services.drafting import Change, Draft, describe_changes
from orders.services.following import withdraw_followers
from orders.services.preferring import hold_seconds_of
from orders.services.reverting import may_revert, undoes
from orders.states import LIVE, State
from vendors.circuit import clock
from vendors.rows import add, first, insert


class EditRefused(Exception):
    """The edit cannot be accepted; the message says why and what can be done. Nothing was written."""


class OrderBusy(EditRefused):
    """Another edit of the same order is still under way."""

    def __init__(self, edit: Edit) -> None:
        self.edit = edit
        since = clock(edit.created_at, seconds=True)
        remedy = "Somebody has to settle it" if edit.needs_settling else "Wait until it has settled"
        super().__init__(
            f"{edit.author_name} sent an edit of this order at {since}, and it is {edit.get_state_display()}."
            f" {remedy}, then send yours again."
        )


class TokenReused(EditRefused):
    """The same form was sent before with other values."""


def submit_edit(
    *,
    order: Order,
    author: User,
    draft: Draft,
    submit_token: str,
    reason: str = "",
    ticket: str = "",
    agreed: bool = False,
    hold_seconds: float | None = None,
    reverts: Edit | None = None,
) -> list[Edit]:
    """Accept a valid draft: one Edit for each call that it takes, in the order of the calls.

    The same token again returns the edits that it made the first time. `agreed` says that the author agrees to the
    draft's warnings. `hold_seconds` is how long the edit can be taken back; None takes what the author prefers.
    `reverts` is an earlier edit of the order: those of the new ones that put some of it back say so.
    Raises EditRefused, OrderBusy, TokenReused.
    """
    vendor = order.account.adapter()
    parts = [describe_changes(vendor, draft.seen.raw, part) for part in vendor.split(draft.changes)]
    earlier = _earlier(order, author, submit_token, parts)
    if earlier:
        return earlier
    _refuse_what_is_missing(order, draft, reason, ticket, agreed)
    _refuse_reverting(order, author, reverts)
    hold = hold_seconds_of(author) if hold_seconds is None else hold_seconds
    try:
        with transaction.atomic(durable=_may_be_durable()):
            _refuse_busy(order)
            _let_find(order, ticket)
            return [
                _accept(order, author, draft, submit_token, number, changes, reason, ticket, hold, reverts)
                for number, changes in enumerate(parts)
            ]
    except (IntegrityError, OrderBusy):
        # By the same form, sent twice in the same moment.
        earlier = _earlier(order, author, submit_token, parts)
        if earlier:
            return earlier
        raise


def withdraw_edit(*, edit: Edit, by: User) -> bool:
    """Take back an edit that nothing of has left yet, and those that wait behind it. False where it is too late."""
    now = timezone.now()
    with transaction.atomic():
        taken = Edit.objects.filter(pk=edit.pk, state=State.ACCEPTED, busy_until=None).update(
            state=State.WITHDRAWN, concluded_at=now, next_at=None, explanation=f"Taken back by {by.get_username()}."
        )
        if taken:
            Step.objects.create(edit=edit, at=now, state=State.WITHDRAWN, note=f"by {by.get_username()}")
            withdraw_followers(edit, f"Part {edit.part + 1} of the same submission was taken back.")
    return bool(taken)


def _may_be_durable() -> bool:
    """Outside of tests an edit must be on disk when this block ends, whatever block it may stand in."""
    return not connection.in_atomic_block


def _let_find(order: Order, ticket: str) -> None:
    """Let search find the order by the ticket. A ticket within one that it has already is found by that."""
    text = searchable_ticket(ticket)
    if text and text not in order.tickets:  # which only grow
        finds = "strpos" if connection.vendor == "postgresql" else "instr"
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {Order._meta.db_table} SET tickets = tickets || %s"  # noqa: S608 - our names
                f" WHERE id = %s AND {finds}(tickets, %s) = 0",
                [text, order.pk, text],
            )


def _earlier(order: Order, author: User, submit_token: str, parts: Sequence[Sequence[Change]]) -> list[Edit]:
    if first(Edit, "id", {"submit_token": submit_token}) is None:  # as nearly always, and a row of an edit is wide
        return []
    edits = list(Edit.objects.filter(submit_token=submit_token).order_by("part"))
    if any((edit.order_id, edit.author_id) != (order.pk, author.pk) for edit in edits):
        raise TokenReused("This form was already sent for another order, or by somebody else. Send it again as yours.")
    if edits and [edit.wanted for edit in edits] != [{change.name: change.new for change in part} for part in parts]:
        raise TokenReused("This form was already sent with other values. Open the order to see what came of it.")
    return edits


def _refuse_what_is_missing(order: Order, draft: Draft, reason: str, ticket: str, agreed: bool) -> None:
    if not order.account.enabled:
        raise EditRefused(f"The account {order.account.name} is disabled. An administrator can enable it.")
    for name, text, most in (("reason", reason, 500), ("ticket", ticket, 100)):
        if len(text.strip()) > most:
            raise EditRefused(f"The {name} is longer than {most} characters.")
    if order.account.requires_reason and not reason.strip():
        raise EditRefused("Say why: this account asks for a reason with every edit.")
    if draft.warnings and not agreed:
        raise EditRefused("Agree to this first: " + " ".join(draft.warnings))


def _refuse_reverting(order: Order, author: User, reverts: Edit | None) -> None:
    if reverts is None:
        return
    if reverts.order_id != order.pk:
        raise EditRefused(f"Edit {reverts.pk} is one of another order, so nothing here reverts it.")
    if not may_revert(edit=reverts, person=author):
        raise EditRefused(
            f"Only {reverts.author_name} or a supervisor can revert edit {reverts.pk}, if it was applied."
        )


def _refuse_busy(order: Order) -> None:
    """Within a transaction: of two people who send in the same moment, the second finds what the first has sent."""
    if connection.features.has_select_for_update:  # on SQLite nobody else writes until this transaction ends
        list(Order.objects.select_for_update(no_key=True).filter(pk=order.pk).values_list("pk"))
    busy = first(Edit, "id", {"order_id": order.pk, "state": LIVE})
    if busy is not None:
        raise OrderBusy(Edit.objects.get(pk=busy))


def _accept(
    order: Order,
    author: User,
    draft: Draft,
    submit_token: str,
    number: int,
    changes: Sequence[Change],
    reason: str,
    ticket: str,
    hold: float,
    reverts: Edit | None,
) -> Edit:
    now = timezone.now()
    wanted = {change.name: draft.changes[change.name] for change in changes}
    vendor = order.account.adapter()
    puts_back = reverts is not None and undoes(changes=wanted, vendor=vendor, raw=draft.seen.raw, earlier=reverts)
    edit = Edit(
        order=order,
        account=order.account,
        author=author,
        author_name=author.get_username(),
        submit_token=submit_token,
        part=number,
        changes={
            change.name: {
                "label": change.label,
                "old": change.old,
                "new": change.new,
                "old_text": change.old_text,
                "new_text": change.new_text,
                "personal": change.personal,
            }
            for change in changes
        },
        reason=reason.strip(),
        ticket=ticket.strip(),
        cautions=draft.warnings,
        base_revision=draft.seen.revision,
        base_digest=draft.seen.digest,
        reverts=reverts if puts_back else None,
        created_at=now,
        next_at=now + timedelta(seconds=hold),
    )
    add(edit)
    for change in changes:
        insert(EditField, edit_id=edit.pk, name=change.name)
    insert(Step, edit_id=edit.pk, at=now, state=State.ACCEPTED, note=f"by {author.get_username()}")
    return edit
