"""The rows of the list and of the history as HTML. A template takes fifteen times as long for fifty of them.

Every text passes `escape`, whoever it comes from.
"""

from collections.abc import Iterable
from datetime import datetime
from html import escape

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from orders.entries import Entry
from orders.latest import Fact
from orders.listing import Account, Row
from orders.templatetags.desk import ends, time_tag
from vendors.rows import moment_of

_ROW = (
    '<tr data-row><td class="account">%s</td><td class="number mono">%s</td>'
    '<td class="title"><a href="%s%d/">%s</a></td><td class="status mono">%s</td>'
    '<td class="age">%s</td><td class="news">%s</td></tr>\n'
)

_EDIT = (
    '<tr><td class="when">%s</td><td class="who">%s</td><td class="account">%s</td>'
    '<td class="target"><a href="%s%d/"><span class="mono">%s</span> %s</a></td>'
    '<td class="what"><div class="whats">%s</div></td><td class="why">%s</td>'
    '<td class="result"><span class="state" data-hue="%s" title="%s">%s</span></td><td class="answer">%s</td></tr>\n'
)
_CHANGE = (
    '<span class="each"><span class="faint">%s</span> <bdi>%s</bdi> '
    '<span aria-hidden="true">→</span><span class="unseen">becomes</span> <bdi>%s</bdi>%s</span>'
)
_FOLDED = (
    '<tr class="fold"><td colspan="8">'
    '<details hx-get="%(address)s" hx-trigger="toggle once" hx-target="find .unfolded" hx-swap="outerHTML">'
    '<summary><span class="unseen">Edit %(pk)d in full</span></summary>'
    '<div class="unfolded"><p><a class="linked" href="%(address)s">Edit %(pk)d in full</a></p></div>'
    "</details></td></tr>\n"
)


class Times:
    """Moments as <time>: each written once, since many rows share theirs."""

    def __init__(self) -> None:
        self._now, self._zone = timezone.now(), timezone.get_current_timezone()
        self._written: dict[tuple[datetime, str], str] = {}

    def __call__(self, at: datetime, form: str) -> str:
        """The element; `form` is "age" or "ago"."""
        found = self._written.get((at, form))
        if found is None:
            found = self._written[at, form] = time_tag(at, form, now=self._now, zone=self._zone)
        return found


def order_rows(rows: Iterable[Row]) -> SafeString:
    """The rows of the list of orders."""
    times, address = Times(), _orders()
    accounts: dict[int, str] = {}
    written = []
    for order, account, copied_at, fact in rows:
        if account.pk not in accounts:
            accounts[account.pk] = _account(account)
        written.append(
            _ROW
            % (
                accounts[account.pk],
                escape(ends(order.number)),
                address,
                order.pk,
                escape(order.title) or "without a title",
                escape(order.status),
                times(copied_at, "age"),
                _news(fact, times) if fact else "",
            )
        )
    return SafeString("".join(written))


def edit_rows(entries: Iterable[Entry]) -> SafeString:
    """The lines of the history, each with what it unfolds to still to be asked for."""
    times, orders, history = Times(), _orders(), reverse("history")
    written = []
    for entry in entries:
        pk = entry.edit.pk
        folded = _FOLDED % {"address": f"{history}?open={pk}", "pk": pk}
        written.append(f'<tbody class="entry" data-row>{_edit(entry, times, orders)}{folded}</tbody>\n')
    return SafeString("".join(written))


def edit_line(entry: Entry) -> SafeString:
    """The line of one entry, without what it unfolds to."""
    return SafeString(_edit(entry, Times(), _orders()))


def _edit(entry: Entry, times: Times, orders: str) -> str:
    edit, word = entry.edit, escape(entry.word)
    return _EDIT % (
        times(moment_of(edit.created_at), "ago"),
        escape(edit.author_name),
        escape(entry.account.text),
        orders,
        edit.order_id,
        escape(ends(edit.number)),
        escape(edit.title),
        _changes(entry),
        escape(edit.reason) + (f' <span class="mono faint">{escape(edit.ticket)}</span>' if edit.ticket else ""),
        escape(entry.hue),
        word,
        word,
        escape(entry.answer),
    )


def _changes(entry: Entry) -> str:
    rest = f' <span class="rest">+{entry.more_changes}</span>' if entry.more_changes else ""
    last = len(entry.changes) - 1
    return "".join(
        _CHANGE % (escape(label), escape(old) or "—", escape(new) or "—", rest if place == last else "")
        for place, (label, old, new) in enumerate(entry.changes)
    )


def _orders() -> str:
    """What the address of an order begins with."""
    return reverse("order", args=[0]).removesuffix("0/")


def _account(account: Account) -> str:
    return escape(account.text) + ("" if account.enabled else ' <span class="faint">(disabled)</span>')


def _news(fact: Fact, times: Times) -> str:
    hue = f' class="state" data-hue="{escape(fact.hue)}"' if fact.hue else ""
    since = f", {times(fact.since, 'age')}" if fact.since else ""
    return f"<span{hue}>{escape(fact.words)}</span>{since}"
