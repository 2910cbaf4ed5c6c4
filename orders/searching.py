"""What somebody typed into the search box, as a condition on orders."""

import re
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from orders.models import Order
from orders.services.mirror import searchable
from vendors.models import VendorAccount

MOST_WORDS = 12
MOST_LISTED = 300
_PHONE = re.compile(r"[\d\s+().\-/]+")
_LEAST_PHONE_DIGITS = 5


@dataclass(frozen=True)
class Search:
    """`words` are folded and must all match; `listed` are numbers or ids of which each names one order."""

    words: list[str] = field(default_factory=list)
    digits: str = ""  # what is typed, where it is nothing but a phone number
    listed: list[str] = field(default_factory=list)
    is_list_only: bool = False  # commas or lines between them: these are no words of one sentence


def read_search(text: str) -> Search:
    """Read the search box. Numbers or ids with commas, semicolons or line breaks between them are a list; with spaces
    between them they may be one."""
    tokens = [token for token in re.split(r"[\s,;]+", text.replace("\x00", " ")) if token]
    looks_listed = len(tokens) > 1 and all(any(mark.isdecimal() for mark in token) for token in tokens)
    parted = re.search(r"[,;\n\t]", text.strip()) is not None
    return Search(
        words=[word for word in searchable(tokens).split("\n") if word][:MOST_WORDS],
        digits=_digits(text),
        listed=[token.lstrip("#№") for token in tokens][:MOST_LISTED] if looks_listed else [],
        is_list_only=looks_listed and parted,
    )


def matching(search: Search) -> Q:
    """The orders that match. Everything, where nothing was typed."""
    if not search.words:
        return Q()
    if search.is_list_only:
        return _listed(search)
    found = Q()
    for word in search.words:
        found &= _containing(word)
    if search.digits:
        found |= Q(search__contains=search.digits)
    return found | _listed(search) if search.listed else found


def missing_of(search: Search, orders: QuerySet[Order]) -> list[str]:
    """Which of the listed numbers or ids are no order among these, in the order they were typed."""
    found = orders.filter(_listed(search)).values_list("number", "vendor_id")
    known = {word for pair in found for word in pair}
    return [word for word in dict.fromkeys(search.listed) if word not in known]


def _listed(search: Search) -> Q:
    # The account is named because the index of ids begins with it.
    by_id = Q(account__in=VendorAccount.objects.values("pk"), vendor_id__in=search.listed)
    return Q(number__in=search.listed) | by_id


def _containing(word: str) -> Q:
    digits = _digits(word)
    found = Q(search__contains=word)
    return found | Q(search__contains=digits) if digits and digits != word else found


def _digits(text: str) -> str:
    """The digits of a text that may be a phone number and nothing else, however it is punctuated."""
    digits = re.sub(r"\D", "", text) if _PHONE.fullmatch(text.strip()) else ""
    return digits if len(digits) >= _LEAST_PHONE_DIGITS else ""
