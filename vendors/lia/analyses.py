"""Lia's analyses of a customer: they pile up, and only the newest of a kind counts (Lia: analyses pages)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from vendors.characters import legible
from vendors.fields import Raw, in_words

LONG_AGO = datetime.min.replace(tzinfo=UTC)


def moment(value: Any) -> datetime | None:
    """A time as Lia writes it, 2024-05-13T18:05:35.625-03:00, in UTC. None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
        return None if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def in_order_of_time(analyses: Any) -> list[Raw]:
    """The analyses of an order, the oldest first; those without a time before all others. Lia promises no order."""
    shown = [each for each in analyses if isinstance(each, Mapping)] if isinstance(analyses, list) else []
    return sorted(shown, key=lambda each: moment(each.get("created_at")) or LONG_AGO)


def newest_identity(raw: Raw) -> Raw | None:
    """The analysis of the customer's identity that counts. None is normal: some orders have none."""
    analyses = reversed(in_order_of_time(raw.get("analyses")))
    return next((each for each in analyses if each.get("kind") == "identity"), None)


def said_of_cancelation(before: Raw, after: Raw) -> str:
    """That the order was canceled in the meantime, why in Lia's words, and the analysis behind it; else ""."""
    if after.get("status") != "canceled" or before.get("status") == "canceled":
        return ""
    reasons = [after.get("cancelation_reason"), after.get("translated_cancelation_reason")]
    reason = " — ".join(filter(None, map(in_words, reasons)))
    because = f" ({reason})" if reason else ""
    kept = "The new values may be kept all the same."
    return legible(f"Lia canceled the order for good{because}{_analysis(after)}. {kept}")


def _analysis(raw: Raw) -> str:
    newest = newest_identity(raw)
    if newest is None:
        return ""
    why = f" ({in_words(newest['denied_reason'])})" if newest.get("denied_reason") else ""
    when = f", {in_words(newest['created_at'])}" if newest.get("created_at") else ""
    return f" after its newest analysis of identity: {in_words(newest.get('status'))}{why}{when}"
