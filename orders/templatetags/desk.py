"""How the desk writes moments, ages and outcomes, on every page the same."""

from datetime import datetime, tzinfo

from django import template
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orders.models import Order
from orders.states import LIVE, Outcome, State
from orders.wording import MASK

register = template.Library()

MINUTE, HOUR, DAY = 60, 3600, 86_400
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONGEST_NUMBER = 20  # characters that a table has room for

HUES = {
    Outcome.APPLIED: "applied",
    Outcome.ECHOED: "applied",
    Outcome.REFUSED: "refused",
    Outcome.BLOCKED: "refused",
    Outcome.NOT_SENT: "refused",
    Outcome.NOT_APPLIED: "refused",
    Outcome.CONFLICT: "unknown",
    Outcome.UNKNOWN: "unknown",
}


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """A moment as people say it, such as "4 min ago", with date and time on hover. "" for None."""
    return _time(at, "ago") if at else ""


@register.filter
def age(since: datetime | None) -> SafeString | str:
    """How old something is, such as "4 min", with date and time on hover. "" for None."""
    return _time(since, "age") if since else ""


@register.filter
def clock(at: datetime) -> SafeString:
    """The time of day to the second, with the date on hover: for what happened within one edit."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(timespec="milliseconds"),
        absolute(at),
        f"{timezone.localtime(at):%H:%M:%S}",
    )


@register.filter
def ends(number: str) -> str:
    """A number as a table shows it: of a long one its two ends, since ids may share either of them."""
    return number if len(number) <= LONGEST_NUMBER else f"{number[:8]}…{number[-6:]}"


@register.filter
def title_for(order: Order, person: User) -> str:
    """An order's title for this person, who may not be allowed to see the customer's name that it is."""
    if order.account.title_is_personal and not person.has_perm("orders.view_personal"):
        return MASK
    return order.title or "without a title"


@register.filter
def hue(state: str) -> str:
    """The hue that stands for a state or outcome: applied, refused, unknown, waiting or none. Goes into data-hue."""
    if state in HUES:
        return HUES[Outcome(state)]
    return "waiting" if state in LIVE else "none"


@register.filter
def state_word(state: str) -> str:
    """The word for a state or outcome, with a capital."""
    if state in Outcome.values:
        return str(Outcome(state).label)
    return str(State(state).label).capitalize()


def in_words(seconds: float) -> str:
    """A span of time in one rounded-down unit: "12 s", "4 min", "2 h", "3 d". Less than none counts as none."""
    seconds = max(0, int(seconds))
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    return f"{seconds // HOUR} h" if seconds < DAY else f"{seconds // DAY} d"


def absolute(at: datetime) -> str:
    """Date and time in the desk's time zone, such as "21 Nov 2025, 14:03:10 GMT"."""
    return _absolute(timezone.localtime(at))


def time_tag(at: datetime, form: str, *, now: datetime, zone: tzinfo) -> str:
    """A <time>; the page's script keeps its words true while the page stays open, by its `form`: "age" or "ago".

    It holds nothing but digits, our own words and the name of the zone.
    """
    words = in_words((now - at).total_seconds())
    return (
        f'<time datetime="{at.isoformat(timespec="seconds")}" data-form="{form}" '
        f'title="{_absolute(at.astimezone(zone))}">{words}{" ago" if form == "ago" else ""}</time>'
    )


def _absolute(local: datetime) -> str:
    # Not strftime, which takes thrice as long: a list writes a hundred of these.
    clock = f"{local.hour:02}:{local.minute:02}:{local.second:02} {local.tzname()}"
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}, {clock}"


def _time(at: datetime, form: str) -> SafeString:
    return SafeString(time_tag(at, form, now=timezone.now(), zone=timezone.get_current_timezone()))
