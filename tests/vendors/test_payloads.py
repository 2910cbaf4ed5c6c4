"""JSON from and to vendors: what is read is what was meant, and what was read is written again as it was."""

import time
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vendors.payloads import MAX_DEPTH, NotJSON, compact, dumps, loads

every_text = st.text(st.characters())  # lone surrogates and NUL included
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | every_text | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(every_text, inner),
    max_leaves=20,
)


@given(documents)
def test_every_document_comes_back_as_it_was_written(document: Any) -> None:
    text = dumps(document)
    text.encode("utf-8")
    assert loads(text) == document
    assert loads(text.encode("utf-8")) == document
    assert dumps(loads(text)) == text


@given(documents)
def test_what_is_written_compactly_is_the_same(document: Any) -> None:
    read = loads(dumps(document))
    assert loads(compact(read)) == read
    assert dumps(loads(compact(read))) == dumps(read)
    assert compact(read, sort_keys=True) == compact(loads(dumps(read, sort_keys=True)))


@given(st.binary() | every_text)
def test_whatever_the_text_is_it_is_read_or_refused(text: Any) -> None:
    with suppress(NotJSON):
        loads(text)


@pytest.mark.parametrize("written", ["10.10", "10.1", "0.30000000000000004", "1E+2", "-0.0", "123456789012345678.90"])
def test_a_decimal_stays_exactly_as_it_is_written(written: str) -> None:
    assert loads(written) == Decimal(written)
    assert dumps(loads(written)) == written


def test_a_sum_of_decimals_is_what_it_is_on_paper() -> None:
    assert dumps(Decimal("0.1") + Decimal("0.2")) == "0.3"


def test_whole_numbers_stay_whole() -> None:
    assert isinstance(loads("7"), int)
    assert dumps(7) == "7"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity"), [float("nan")]])
def test_what_is_no_number_is_never_written(value: Any) -> None:
    """A vendor would read it as null, which clears a field."""
    with pytest.raises(ValueError, match=r"JSON|compliant"):
        dumps(value)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("-Infinity"), [Decimal("sNaN")]])
def test_no_decimal_is_written_compactly_that_is_no_number(value: Any) -> None:
    with pytest.raises(ValueError, match=r"JSON|compliant"):
        compact(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NaN",
        "-Infinity",
        "[1, Infinity]",
        "{'a': 1}",
        '{"a": 1, "a": 2}',
        '{"a": {"b": 1, "b": 1}}',
        "[" * 100_000,
        '{"a":' * 100_000,
        "9" * 10_000,
        b"\xff\xfe",
        b'"\xed\xa0\x80"',
        '{"a": 1} {"b": 2}',
    ],
)
def test_what_is_not_strictly_json_is_refused(text: Any) -> None:
    with pytest.raises(NotJSON):
        loads(text)


def test_depth_is_bounded() -> None:
    assert loads("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    with pytest.raises(NotJSON, match="deep"):
        loads("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))


def test_a_number_with_a_huge_exponent_costs_nothing() -> None:
    began = time.monotonic()
    assert dumps(loads("1e999999999")) == "1E+999999999"
    assert time.monotonic() - began < 30


def test_keys_keep_their_order_unless_sorting_is_asked_for() -> None:
    assert dumps({"b": 1, "a": 2}) == '{"b":1,"a":2}'
    assert dumps({"b": 1, "a": 2}, sort_keys=True) == '{"a":2,"b":1}'


def test_text_is_written_as_people_read_it_and_lone_surrogates_as_escapes() -> None:
    assert dumps("Окна") == '"Окна"'
    assert dumps("\ud800") == '"\\ud800"'
    assert loads(dumps("\ud800")) == "\ud800"
