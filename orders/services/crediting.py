"""Which differences between two states of an order come of our edits: those that say what an edit asked for."""

from collections.abc import Sequence

from orders.models import Edit, Revision
from orders.services.comparing import landed_between, was_old_in, without_added
from orders.states import State
from vendors.contract import Raw, Vendor

MOST_STATES = 10  # of an order that are compared to tell whether a change is the first of its kind


def owners_of(revision: Revision, edits: Sequence[Edit]) -> list[Edit]:
    """The edits of ours that may have changed the order after this revision.

    That is the one that it is put down to, and of `edits` those that somebody settled as applied without any look
    having told: what they did may be seen only later.
    """
    owner = [revision.edit] if revision.edit else []
    return [*owner, *(each for each in edits if each.pk != revision.edit_id and _is_unseen(each, revision))]


def names_of_ours(vendor: Vendor, revision: Revision, after: Raw, owners: Sequence[Edit]) -> set[str]:
    """The fields that became in `after` what one of these edits wanted.

    What somebody else wrote there is not among them: it says something else. Takes a query for an edit that the
    revision is not put down to, where it may be the one.
    """
    return {name for edit in owners for name in _names_of(vendor, revision, after, edit)}


def without_ours(vendor: Vendor, revision: Revision, after: Raw, owners: Sequence[Edit]) -> Raw:
    """`after` without what these edits added to the order, such as a line: itself where they added nothing.

    An edit adds once: what comes after it and looks the same is somebody else's. To tell takes a query where something
    was added and the order had changed between the edit's sending and this revision.
    """
    for edit in owners:
        rest = without_added(vendor, revision.raw, after, edit)
        if rest is not after and not _had_added(vendor, revision, edit):
            after = rest
    return after


def _names_of(vendor: Vendor, revision: Revision, after: Raw, edit: Edit) -> set[str]:
    landed = landed_between(vendor, revision.raw, after, edit)
    if not landed or edit.pk == revision.edit_id:
        return landed
    until_now = [revision.raw, *_states_since(edit, revision)]
    return {name for name in landed if all(was_old_in(vendor, raw, edit, name) for raw in until_now)}


def _states_since(edit: Edit, revision: Revision) -> list[Raw]:
    """What the order was from the edit's sending until this revision; only so far where that is much."""
    since = Revision.objects.filter(order=revision.order_id, number__gte=edit.sent_revision, number__lt=revision.number)
    return list(since.order_by("number").values_list("raw", flat=True)[:MOST_STATES])


def _had_added(vendor: Vendor, revision: Revision, edit: Edit) -> bool:
    if edit.sent_revision is None or edit.sent_revision >= revision.number:
        return False
    sent_over = Revision.objects.filter(order=revision.order_id, number=edit.sent_revision).first()
    return sent_over is not None and without_added(vendor, sent_over.raw, revision.raw, edit) is not revision.raw


def _is_unseen(edit: Edit, revision: Revision) -> bool:
    settled = edit.state == State.APPLIED and edit.landed is None
    return settled and edit.sent_revision is not None and edit.sent_revision <= revision.number
