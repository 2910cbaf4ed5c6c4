"""A submitter: people who fill in forms and send them, some of them twice, through the same services as the pages.

What it did it knows from its diary: started again after a kill -9, it sends the form again that it has no answer to.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from threading import Barrier

from django.contrib.auth.models import User
from django.db import DatabaseError, connections

from orders.models import Edit, Order
from orders.services import (
    EditRefused,
    advance_edit,
    draft_changes,
    read_seen,
    sign_seen,
    submit_edit,
    withdraw_edit,
)
from orders.states import LIVE, SUCCEEDED
from orders.tasks import wake_edit
from orders.trial.desk import AGENTS, LEAVER
from orders.trial.fields import Target, targets
from orders.trial.wishes import ACCEPTED, REFUSED, WITHDRAWN, WRONG, Diary, Wish

TWICE, OTHERWISE, TAKEN_BACK, BY_LEAVER, SEEN_THROUGH = 0.10, 0.03, 0.02, 0.04, 0.5  # shares of the submissions
RIVALLED = 0.05  # for whose order somebody else sends a form in the same moment
WOKEN = 0.5  # of which a worker is told by a task; the others have lost theirs
BACKLOG = 150  # edits under way, above which submitters wait


@dataclass(frozen=True, kw_only=True)
class Submitter:
    """Makes the wishes whose number leaves `place` when divided by `of`, up to `until`."""

    seed: int
    place: int
    of: int
    until: int
    vendors: Sequence[str]
    folder: Path

    def run(self) -> None:
        """Make all wishes that the diary has no answer to."""
        diary = Diary(self.folder / f"diary-{self.place}")
        answers, begun = diary.answers(), diary.wishes()
        for number in range(self.place, self.until, self.of):
            if number in answers:
                continue
            random = Random(f"{self.seed}:{number}")
            self._wait_for_room()
            wish = begun.get(number) or self._new_wish(number, random, diary)
            rival = self._rival(wish, number + self.of, diary) if random.random() < RIVALLED else None
            if rival is None:
                _make(wish, random, diary)
            else:
                _make_both(wish, rival, random, diary)
                answers[rival.number] = diary.answers().get(rival.number, {})

    def _wait_for_room(self) -> None:
        while Edit.objects.filter(state__in=LIVE, next_at__isnull=False).count() > BACKLOG:
            time.sleep(0.1)

    def _rival(self, wish: Wish, number: int, diary: Diary) -> Wish | None:
        """The next wish, for the same order by somebody else; None where there is none to be made."""
        if number >= self.until or number in diary.wishes():
            return None
        random = Random(f"{self.seed}:{number}")
        order = _order(wish)
        found = targets(order.account.adapter(), order.raw, number=number, random=random)
        author = random.choice([agent for agent in AGENTS if agent != wish.author])
        if not found or _repeats(order, found):
            return None
        rival = self._wish(number, order, author, found)
        if not _is_valid(rival):
            return None
        diary.wish(rival)
        return rival

    def _wish(self, number: int, order: Order, author: str, found: Sequence[Target]) -> Wish:
        return Wish(
            number=number,
            token=f"trial-{self.seed}-{number:06d}",
            vendor=order.account.vendor,
            order=order.vendor_id,
            author=author,
            seen=sign_seen(order=order, user=User.objects.get(username=author)),
            targets=found,
        )

    def _new_wish(self, number: int, random: Random, diary: Diary) -> Wish:
        """A wish for an order that is free, on what the mirror shows of it now. Written down."""
        slug = self.vendors[number % len(self.vendors)]
        author = LEAVER if random.random() < BY_LEAVER else random.choice(AGENTS)
        while True:
            order = _free_order(slug, random)
            found = targets(order.account.adapter(), order.raw, number=number, random=random)
            if not found or _repeats(order, found):
                continue
            wish = self._wish(number, order, author, found)
            if _is_valid(wish):
                diary.wish(wish)
                return wish


def _free_order(slug: str, random: Random) -> Order:
    orders = Order.objects.select_related("account").filter(account__vendor=slug, gone_at=None)
    free = orders.exclude(edits__state__in=LIVE)
    while True:
        numbers = free.order_by("pk").values_list("pk", flat=True)
        if count := len(numbers):
            return orders.get(pk=numbers[random.randrange(count)])
        time.sleep(0.1)


def _repeats(order: Order, found: Sequence[Target]) -> bool:
    """Whether one of these was wanted of this order before, so that its writes could not be told apart."""
    wanted = {(target.name, str(target.value)) for target in found if target.marks}
    earlier = Edit.objects.filter(order=order).values_list("changes", flat=True)
    return any((name, str(change["new"])) in wanted for each in earlier for name, change in each.items())


def _is_valid(wish: Wish) -> bool:
    order, author = _order(wish), User.objects.get(username=wish.author)
    seen = read_seen(token=wish.seen, order=order, user=author)
    draft = draft_changes(order=order, values=wish.values, seen=seen)
    return draft.is_valid and set(draft.changes) == set(wish.values)


def _order(wish: Wish) -> Order:
    return Order.objects.select_related("account").get(account__vendor=wish.vendor, vendor_id=wish.order)


def _make(wish: Wish, random: Random, diary: Diary) -> None:
    """Send the form, and write down what the desk said to it."""
    takes_back = random.random() < TAKEN_BACK
    try:
        edits = _twice(wish) if random.random() < TWICE else _send(wish, hold=1.0 if takes_back else 0.0)
    except EditRefused as no:
        diary.answer(wish.number, REFUSED, note=type(no).__name__)
        return
    if takes_back and withdraw_edit(edit=edits[0], by=User.objects.get(username=wish.author)):
        diary.answer(wish.number, WITHDRAWN, edits=len(edits))
        return
    if random.random() < OTHERWISE and _takes_other_values(wish):
        diary.answer(wish.number, WRONG, note="The same form was accepted with other values.")
        return
    diary.answer(wish.number, ACCEPTED, edits=len(edits))
    if random.random() < WOKEN:
        wake_edit(edits[0])
    if random.random() < SEEN_THROUGH:
        for edit in edits:
            if advance_edit(edit.pk).state not in SUCCEEDED:
                break


def _make_both(wish: Wish, rival: Wish, random: Random, diary: Diary) -> None:
    """Send two forms for one order in the same moment. One of them at most may be accepted while the other is live."""
    ready = Barrier(2)

    def make(each: Wish) -> None:
        try:
            ready.wait(30)
            _make(each, Random(f"{random.random()}"), diary)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as both:
        for done in [both.submit(make, each) for each in (wish, rival)]:
            done.result()


def _send(wish: Wish, hold: float = 0.0) -> list[Edit]:
    order, author = _order(wish), User.objects.get(username=wish.author)
    seen = read_seen(token=wish.seen, order=order, user=author)
    draft = draft_changes(order=order, values=wish.values, seen=seen)
    if not draft.is_valid or not draft.changes:
        # The page looks what became of this form before: a second click finds the order changed by the first.
        edits = list(Edit.objects.filter(submit_token=wish.token).order_by("part"))
        if edits:
            return edits
        raise EditRefused("The order has changed in the meantime.")
    return submit_edit(order=order, author=author, draft=draft, submit_token=wish.token, agreed=True, hold_seconds=hold)


def _twice(wish: Wish) -> list[Edit]:
    """A double click: two requests in the same moment. Whichever is heard first, both find the same edits."""
    with ThreadPoolExecutor(2) as clicks:
        both = [clicks.submit(_apart, _send, wish) for _ in range(2)]
        answers = [_result(each.result) for each in both]
    made = [answer for answer in answers if isinstance(answer, list)]
    if not made:
        raise next(answer for answer in answers if isinstance(answer, Exception))
    return made[0]


def _result(answer: Callable[[], list[Edit]]) -> list[Edit] | Exception:
    try:
        return answer()
    except (EditRefused, DatabaseError) as no:
        return no


def _apart(send: Callable[[Wish], list[Edit]], wish: Wish) -> list[Edit]:
    try:
        return send(wish)
    finally:
        connections.close_all()


def _takes_other_values(wish: Wish) -> bool:
    """Whether the desk wrongly takes the form a second time, with a value that it did not have the first time."""
    first = wish.targets[0]
    if not isinstance(first.value, str):
        return False
    other = replace(first, value=f"{first.value}z")
    try:
        edits = _send(replace(wish, targets=[other, *wish.targets[1:]]))
    except EditRefused:
        return False
    return any(edit.wanted.get(other.name) == other.value for edit in edits)
