"""A set of numbers that takes hardly any memory is a set all the same."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from vendors.numbers import Numbers

many = st.lists(st.integers(0, 5000) | st.integers(0, 10**30))


@given(many, many)
def test_it_holds_what_was_put_in_and_nothing_else(numbers: list[int], others: list[int]) -> None:
    found = Numbers()
    seen: set[int] = set()
    for number in numbers:
        assert found.add(number) == (number not in seen)
        seen.add(number)
    assert len(found) == len(seen)
    assert all(number in found for number in numbers)
    assert [number for number in others if number in found] == [number for number in others if number in seen]
    assert (found == Numbers(others)) == (seen == set(others))


def test_a_million_of_them_take_less_than_a_megabyte() -> None:
    tracemalloc.start()
    try:
        found = Numbers(range(7_000_000, 8_000_000))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found) == 1_000_000
    assert taken < 1_000_000
