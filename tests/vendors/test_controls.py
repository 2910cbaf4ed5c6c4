"""The form fields of orders: what may be typed, what counts as a change, and what is kept."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.vendors.browsing import post_back, retyped
from vendors.controls import (
    Amount,
    Control,
    Dates,
    Day,
    Intervals,
    Lines,
    LongText,
    Moment,
    Number,
    OneOf,
    Phone,
    Phones,
    Several,
    Text,
    YesNo,
    choices_of,
)

AGENTS = [{"value": 7, "label": "Якорев Иван"}, {"value": 8, "label": "Черникина Анна"}, {"value": 9, "label": "Лев"}]
Written = Sequence[tuple[Any, Any]]


def offered(control: Control, present: Any, choices: Any = None) -> Control:
    """The control as a form for an order with this present value has it."""
    control.offer(choices, present=present)
    return control


def accepts(control: Control, typed: Any) -> Any:
    return control.clean(typed)


def refuses(control: Control, typed: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        control.clean(typed)
    return str(refused.value.messages[0])


# Text


def test_a_line_of_text_is_kept_but_for_space_at_its_ends() -> None:
    assert accepts(Text(), "  два  слова ") == "два  слова"


def test_long_text_is_kept_as_it_is_typed() -> None:
    assert accepts(LongText(), "  один\r\n\r\n два \n") == "  один\n\n два \n"


@pytest.mark.parametrize("character", ["\x01", "\x1b", "\x85", "\ud800", "\uffff"])
def test_characters_that_no_vendor_can_mean_are_refused(character: str) -> None:
    assert f"U+{ord(character):04X}" in refuses(LongText(), f"a{character}b")
    assert f"U+{ord(character):04X}" in refuses(Lines(), f"a{character}b")
    assert refuses(LongText(), "\0")
    assert refuses(Lines(), "\0")


def test_space_that_cannot_break_is_a_character_like_any_other() -> None:
    assert accepts(Text(), "10\u00a0000 ₽") == "10\u00a0000 ₽"


def test_text_with_line_ends_gets_room_for_them() -> None:
    """An input of one line would join them although nobody touched it."""
    control = offered(Text(), "один\r\nдва")
    assert accepts(control, retyped("title", control, control.read("один\r\nдва"))) == "один\nдва"


def test_an_object_where_text_should_be_is_kept_and_cannot_be_replaced() -> None:
    control = offered(Text(), {"ru": "Окна"})
    posted = retyped("title", control, control.read({"ru": "Окна"}))
    assert posted == '{"ru":"Окна"}'
    assert accepts(control, posted) == {"ru": "Окна"}
    assert "cannot be edited" in refuses(control, "Двери")


def test_what_may_not_be_cleared_says_why() -> None:
    assert refuses(Text(clearable=False, error_messages={"required": "Its code is its address."}), " ") == (
        "Its code is its address."
    )


def test_what_is_empty_already_may_stay_so() -> None:
    """Nobody clears it by leaving it as it is."""
    for control in (Text(clearable=False), Number(clearable=False), YesNo(), Several(clearable=False)):
        offered(control, None, AGENTS if isinstance(control, Several) else None)
        assert control.canonical(accepts(control, "")) is None


# Phones


@pytest.mark.parametrize("typed", ["+7 900 123-45-67", "+7(900)123.45.67", "+79001234567", " +7\u00a0900 1234567 "])
def test_a_phone_number_is_the_same_however_it_is_grouped(typed: str) -> None:
    assert accepts(Phone(), typed) == "+79001234567"
    assert accepts(Phones(), typed) == ["+79001234567"]
    assert offered(Phones(), ["+7 (900) 123-45-67"]).canonical([typed.strip()]) == ["+79001234567"]


@pytest.mark.parametrize("typed", ["89001234567", "+0123456789", "+7900", "+" + "7" * 16, "call me", "+٧٩٠٠١٢٣٤٥٦٧"])
def test_a_number_without_its_country_is_refused(typed: str) -> None:
    assert "country code" in refuses(Phone(), typed)
    assert "Line 2" in refuses(Phones(), f"+79001234567\n{typed}")


def test_a_number_that_is_there_is_kept_however_it_is_written() -> None:
    control = offered(Phone(), "8 900 доб. 12")
    assert accepts(control, "8 900 доб. 12") == "8900доб12"
    assert refuses(control, "8 900 доб. 13")


# Numbers


@pytest.mark.parametrize("typed", ["1.5", "1e3", "1_000", "1 000", "٣", "0x10", "", "NaN", "True", "9" * 19])
def test_a_whole_number_is_written_in_plain_digits(typed: str) -> None:
    assert refuses(Number(clearable=False), typed)


def test_truth_is_no_number() -> None:
    assert refuses(Number(), True)


def test_zero_is_a_value() -> None:
    assert accepts(Number(), "0") == 0
    assert Number().canonical(0) == 0
    assert Number().canonical(0) is not None
    assert Number().text(0) == "0"


def test_a_number_keeps_its_limits_except_for_the_present_one() -> None:
    control = offered(Number(min_value=0, max_value=10), -3)
    assert accepts(control, "-3") == -3
    assert "0" in refuses(control, "-4")
    assert "10" in refuses(control, "11")


def test_an_amount_stays_as_it_is_written_and_is_compared_by_its_value() -> None:
    control = Amount()
    assert str(accepts(control, "10.10")) == "10.10"
    assert control.canonical(Decimal("10.10")) == control.canonical(Decimal("10.1"))
    assert Amount(unit="EUR").text(Decimal("10.10")) == "10.10 EUR"
    assert refuses(control, "10.123")
    assert refuses(control, "10,10")
    assert refuses(control, "1e3")


def test_an_amount_of_absurd_size_is_kept_and_not_written_out() -> None:
    huge = Decimal("1E+999999999")
    control = offered(Amount(), huge)
    assert control.text(control.read(huge)) == "1E+999999999"
    assert accepts(control, "1E+999999999") == huge


# Choices


def test_a_choice_shows_its_label_and_means_the_vendors_word() -> None:
    control = OneOf([("ru", "ru — Russian"), ("gb", "gb — English")])
    assert accepts(control, "gb") == "gb"
    assert control.text("gb") == "gb — English"
    assert refuses(control, "en")


def test_a_present_value_that_is_not_among_the_choices_stays_chosen() -> None:
    """A select would otherwise show the first choice, and post it."""
    control = offered(OneOf([("ru", "Russian"), ("gb", "English")]), "de")
    assert retyped("language", control, control.read("de")) == "de"
    assert accepts(control, "de") == "de"
    assert control.text("de") == "de (not in the list)"


def test_a_choice_offers_nothing_only_where_it_may_be_cleared_or_is_empty() -> None:
    words = [("a", "A"), ("b", "B")]
    assert [value for value, _ in offered(OneOf(words), "a").choices] == ["a", "b"]  # type: ignore[attr-defined]
    assert [value for value, _ in offered(OneOf(words), None).choices] == ["", "a", "b"]  # type: ignore[attr-defined]
    assert "" in dict(offered(OneOf(words, clearable=True), "a").choices)  # type: ignore[attr-defined]


def test_an_id_is_chosen_by_its_name_and_is_a_number_on_the_wire() -> None:
    control = offered(OneOf(coerce=int), 7, AGENTS)
    assert accepts(control, "8") == 8
    assert control.text(8) == "Черникина Анна"
    assert refuses(control, "10")


@pytest.mark.parametrize(("typed", "meant"), [("true", True), ("false", False), (True, True), (False, False)])
def test_yes_and_no_are_chosen_not_ticked(typed: Any, meant: bool) -> None:
    """The word false is not true, as it would be to a careless reader."""
    assert accepts(offered(YesNo(), not meant), typed) is meant


def test_no_is_a_value() -> None:
    assert YesNo().canonical(False) is False
    assert YesNo().text(False) == "No"


def test_several_ids_keep_their_order_and_those_that_no_list_knows() -> None:
    control = offered(Several(coerce=int), [9001, 9, 7], AGENTS)
    assert accepts(control, ["", "7", "9", "9001"]) == [9001, 9, 7]
    assert accepts(control, ["", "8", "7", "9001"]) == [9001, 7, 8]
    assert control.text([9001, 7]) == "9001 (not in the list)\nЯкорев Иван"
    assert refuses(control, ["", "9002"])


def test_what_is_chosen_stands_first() -> None:
    control = offered(Several(coerce=int), [9], AGENTS)
    assert [value for value, _ in control.choices] == ["9", "7", "8"]  # type: ignore[attr-defined]


def test_the_order_of_several_ids_is_no_change_and_neither_is_one_twice() -> None:
    control = offered(Several(coerce=int), [9, 7, 7], AGENTS)
    assert control.canonical(["7", "9"]) == control.canonical([9, 7, 7])


def test_nothing_ticked_arrives_as_nothing() -> None:
    """A browser posts no name for boxes that are all empty: that would look like not asked."""
    control = offered(Several(coerce=int), [], AGENTS)
    assert post_back("agents", control, []).getlist("agents") == [""]
    assert accepts(control, [""]) == []


def test_ids_in_another_form_than_a_list_are_kept_and_cannot_be_replaced() -> None:
    control = offered(Several(coerce=int), {"7": True}, AGENTS)
    assert accepts(control, retyped("agents", control, control.read({"7": True}))) == {"7": True}
    assert "cannot be edited" in refuses(control, ["", "7"])


def test_a_pick_list_holds_what_can_be_chosen() -> None:
    entries = [{"id": 1, "t": "Окна"}, {"id": 2, "t": ""}, {"id": None}, {"id": True}, {"id": {}}, {"id": "\0"}, "x"]
    assert choices_of(entries, "id", lambda entry: str(entry.get("t", ""))) == [
        {"value": 1, "label": "Окна"},
        {"value": 2, "label": "2"},
    ]


# Lists


def test_working_hours_are_typed_as_intervals() -> None:
    assert accepts(Intervals(), "9:00 – 13:00\r\n\r\n14:00-18:00\r\n") == [["09:00", "13:00"], ["14:00", "18:00"]]


@pytest.mark.parametrize("typed", ["9-18", "09:00", "18:00-09:00", "09:00-09:00", "25:00-26:00", "09:61-10:00", "x"])
def test_hours_that_are_none_are_refused(typed: str) -> None:
    assert "Line 1" in refuses(Intervals(), typed)


def test_hours_over_midnight_may_be_typed_where_there_are_some() -> None:
    """Whether Liner means it so is not documented; an order that has them shows that it does."""
    control = offered(Intervals(), [["22:00", "06:00"]])
    assert accepts(control, "23:00-06:00") == [["23:00", "06:00"]]


ODD = [
    [["09:00", "18:00"], []],
    [[["09:00", "13:00"], ["14:00", "18:00"]], None],
    ["09:00", "18:00"],
    [["09:00", "18:00", "Mon"], {"from": "09:00"}, 7, ""],
    [["09:00-10:00", "x\ny"], " padded "],
    {"mon": [["09:00", "18:00"]]},
    "09:00-18:00",
    7,
]


@pytest.mark.parametrize("schedule", ODD)
def test_a_schedule_of_any_shape_survives_an_untouched_form(schedule: Any) -> None:
    control = offered(Intervals(), schedule)
    assert control.read(schedule) == schedule
    assert accepts(control, retyped("schedule", control, schedule)) == schedule


@pytest.mark.parametrize("schedule", [each for each in ODD if isinstance(each, list)])
def test_a_line_added_to_a_schedule_leaves_the_others_as_they_are(schedule: list[Any]) -> None:
    control = offered(Intervals(), schedule)
    posted = retyped("schedule", control, control.read(schedule))
    assert accepts(control, f"{posted}\r\n06:30-07:30") == [*schedule, ["06:30", "07:30"]]


def test_equal_lines_of_a_schedule_are_as_many_as_there_were() -> None:
    week = [["10:00", "20:00"]] * 5 + [["11:00", "17:00"]] * 2
    control = offered(Intervals(), week)
    assert accepts(control, retyped("schedule", control, week)) == week


def test_items_that_look_alike_stay_what_they_are() -> None:
    control = offered(Lines(), ["1", 1, "2"])
    assert accepts(control, "1\n1") == ["1", 1]


@pytest.mark.parametrize("typed", ["2026-02-30", "01.02.2026", "2026-2-1", "20260201", "tomorrow"])
def test_a_date_is_a_day_of_the_calendar(typed: str) -> None:
    assert refuses(Dates(), typed)
    assert refuses(Day(), typed)


def test_dates_are_kept_in_their_order() -> None:
    assert accepts(Dates(), "2026-05-09\n2026-01-01") == ["2026-05-09", "2026-01-01"]


def test_a_list_from_the_command_line_is_read_like_a_typed_one() -> None:
    assert accepts(Phones(), ["+7 900 123-45-67"]) == ["+79001234567"]
    assert refuses(Phones(), ["+7 900 123-45-67", "x"]).startswith("Line 2")
    assert refuses(Intervals(), [["18:00", "09:00"]])
    assert accepts(offered(Dates(), ["holiday"]), ["holiday", "2026-01-01"]) == ["holiday", "2026-01-01"]


# Days and moments


def test_a_day_that_a_browser_cannot_show_as_a_date_is_shown_as_text() -> None:
    control = offered(Day(), "01.02.2026")
    assert accepts(control, retyped("day", control, control.read("01.02.2026"))) == "01.02.2026"


def test_a_moment_is_written_in_the_form_that_is_there() -> None:
    control = offered(Moment(), "2025-02-03 07:30")
    assert accepts(control, "2026-01-31 14:00") == "2026-01-31 14:00"
    assert "2025-02-03 07:30" in refuses(control, "2026-01-31T14:00:00Z")
    assert refuses(control, "2026-02-30 14:00")


def test_a_moment_without_an_example_has_its_zone() -> None:
    assert accepts(Moment(), "2026-01-31T14:00:00Z")
    assert accepts(Moment(), "2026-01-31T17:00:00+03:00")
    assert refuses(Moment(), "2026-01-31T14:00:00")


def test_the_same_moment_in_two_zones_is_no_change() -> None:
    control = Moment()
    assert control.canonical("2026-01-31T14:00:00Z") == control.canonical("2026-01-31T17:00:00+03:00")
    assert control.canonical("2026-01-31T14:00:00Z") != control.canonical("2026-01-31T14:00:00")


# Nothing


@pytest.mark.parametrize(
    "control", [Text(), LongText(), Phone(), Number(), Amount(), OneOf(), YesNo(), Several(), Lines(), Day(), Moment()]
)
def test_all_that_is_empty_is_the_same_and_says_nothing(control: Control) -> None:
    nothings: list[Any] = [None, "", [], {}]
    for nothing in nothings:
        assert control.canonical(nothing) is None
        assert control.text(nothing) == ""
