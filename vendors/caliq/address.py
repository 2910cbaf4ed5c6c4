"""The delivery address: fields that travel together, with the two that Caliq would read as 0 and false if left out.

The keys of the address in an order are documented for line 1 and the company; the others follow their pattern and
that of the invoice address. The lengths are those of Caliq's sibling models, the smaller where they disagree.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.core.validators import EmailValidator, RegexValidator

from vendors.caliq.controls import NEVER_EMPTY, text
from vendors.controls import Number, OneOf, Text, YesNo
from vendors.fields import Choice, Field

ADDRESS = "EditDeliveryAddress"
ONE_OFF = f"{ADDRESS}.DirectDelivery"
KEPT_ID = f"{ADDRESS}.DeliveryAddressID"

_BEFORE_COUNTRY = (
    ("DeliveryCompany", "Company", 40),
    ("Line1", "Line 1", 40),
    ("Line2", "Line 2", 50),
    ("Line3", "Line 3", 50),
    ("Town", "Town", 50),
    ("County", "County", 25),
    ("Postcode", "Postcode", 15),
)
_AFTER_COUNTRY = (("Firstname", "First name", 20), ("Surname", "Surname", 30), ("Phone", "Phone", 20))
_READ = {"DirectDelivery": "DirectDelivery", "DeliveryAddressID": "Del_AddressID", "DeliveryCompany": "Del_Company"}


def address_fields(clears: bool, countries: Sequence[Choice]) -> Iterator[Field]:
    """The fields of the group, in the order of an envelope."""
    one_off = _field("DirectDelivery", "One-off address", YesNo(error_messages=NEVER_EMPTY))
    kept = _field("DeliveryAddressID", "Kept address", Number(clearable=False, min_value=1, error_messages=NEVER_EMPTY))
    words = "Yes: the text below is the address, and the account does not keep it. No: the kept address with the id."
    yield replace(one_off, personal=False, help=words)
    yield replace(kept, personal=False, help="The id of one of the customer's addresses at Caliq.")
    for name, label, longest in _BEFORE_COUNTRY:
        yield _field(name, label, text(longest=longest, clears=clears))
    yield _country(countries)
    for name, label, longest in _AFTER_COUNTRY:
        yield _field(name, label, text(longest=longest, clears=clears))
    email = text(longest=70, clears=clears)
    email.validators.append(EmailValidator())
    yield _field("Email", "E-mail", email)


def _country(countries: Sequence[Choice]) -> Field:
    """A choice, where the pick list has the three letters that addresses want, else a text."""
    three = [each for each in countries if len(str(each.get("value"))) == 3]
    if three:
        words = [(str(each["value"]), f"{each['label']} ({each['value']})") for each in three]
        return _field("Country", "Country", OneOf(words, error_messages=NEVER_EMPTY))
    form = Text(clearable=False, max_length=3, error_messages=NEVER_EMPTY)
    form.validators.append(
        RegexValidator(r"\A[A-Z]{3}\Z", "Enter the three capital letters of a country, such as GBR.")
    )
    return replace(_field("Country", "Country", form), help="Three letters, such as GBR.")


def _field(name: str, label: str, form: Any) -> Field:
    return Field(
        name=f"{ADDRESS}.{name}",
        read=f"Order.{_READ.get(name, f'Del_{name}')}",
        label=label,
        section="Delivery address",
        group=ADDRESS,
        form=form,
        personal=True,
    )
