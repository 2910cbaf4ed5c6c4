"""Form fields for vendors' orders. Each knows when two values are the same, how to say one in words, and how to keep
a present value that it would not itself have allowed."""

from vendors.characters import refuse_control_characters
from vendors.controls.choices import Checks, OneOf, Several, YesNo, choices_of, is_id
from vendors.controls.control import EMPTY, Control
from vendors.controls.lists import Dates, Intervals, Lines, Phones
from vendors.controls.numbers import Amount, Number
from vendors.controls.texts import LongText, Phone, Text, parse_phone
from vendors.controls.times import Day, Moment

__all__ = [
    "EMPTY",
    "Amount",
    "Checks",
    "Control",
    "Dates",
    "Day",
    "Intervals",
    "Lines",
    "LongText",
    "Moment",
    "Number",
    "OneOf",
    "Phone",
    "Phones",
    "Several",
    "Text",
    "YesNo",
    "choices_of",
    "is_id",
    "parse_phone",
    "refuse_control_characters",
]
