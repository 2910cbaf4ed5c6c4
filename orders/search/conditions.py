"""Which orders match, as conditions that say the same on every database."""

from collections.abc import Sequence

from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Left, StrIndex
from django.db.models.lookups import Contains, GreaterThan

from orders.models import Order
from orders.search.folding import BEFORE_PERSONAL, digits_of
from orders.search.reading import Search, telling_part
from vendors.models import VendorAccount

LEAST_ANYWHERE = 3  # letters of a word that is found anywhere; a shorter one is found where a word begins

# Exactly what the indexes are over.
KEPT = Func(F("tickets"), F("search"), template="(%(expressions)s)", arg_joiner=" || ", output_field=TextField())
_OPEN = Left(KEPT, StrIndex(KEPT, Value(BEFORE_PERSONAL)), output_field=TextField())


def condition(search: Search, named: Sequence[int], *, personal: bool, by_part: bool = False) -> Q:
    """The orders that match, `named` being the ids of those that are listed; without `personal` only by what everybody
    may see.

    `by_part` lets an index look for the telling parts of long words alone.
    """
    if search.is_list_only:
        return Q(pk__in=named)
    found = Q()
    for word in search.words:
        found &= _word(word, personal, by_part)
    if search.digits:
        found |= _containing(search.digits, personal)
    return found | Q(pk__in=named) if named else found


def listed(names: Sequence[str]) -> Q:
    """The orders with one of these numbers or ids."""
    by_number = Order.objects.filter(number__in=names)
    # The accounts are named because the index of ids begins with them.
    by_id = Order.objects.filter(account__in=VendorAccount.objects.values("pk"), vendor_id__in=names)
    return Q(pk__in=by_number.values("pk").union(by_id.values("pk")))


def needles(word: str) -> list[str]:
    """What may stand in the text where the word matches: the word, or its digits where it may be a phone number."""
    short = f" {word}" if len(word) < LEAST_ANYWHERE else word
    digits = digits_of(word)
    return [short, digits] if digits and digits != word else [short]


def _word(word: str, personal: bool, by_part: bool) -> Q:
    part = telling_part(word)
    if by_part and part:
        # The rest is kept from the index, where every piece costs, and those of mail.example stand in many orders.
        return _containing(part, personal) & Q(GreaterThan(StrIndex(KEPT if personal else _OPEN, Value(word)), 0))
    found = Q()
    for needle in needles(word):
        found |= _containing(needle, personal)
    return found


def _containing(needle: str, personal: bool) -> Q:
    anywhere = Q(Contains(KEPT, needle))
    return anywhere if personal else anywhere & Q(Contains(_OPEN, needle))
