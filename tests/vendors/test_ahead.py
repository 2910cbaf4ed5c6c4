"""Asking ahead: the same answers in the same order, no more than so many at once, and failures where they belong."""

import threading
from collections.abc import Generator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vendors.ahead import EACH, Ahead, answers, in_background, together
from vendors.paging import Page, by_number, by_offset

PATIENCE = 30  # seconds


class Counter:
    """A call that counts how many of it go on at once; each waits until `together` of them do."""

    def __init__(self, together: int = 1) -> None:
        self.most = self.now = 0
        self.asked: list[int] = []
        self._lock = threading.Lock()
        self._together = threading.Barrier(together)

    def __call__(self, question: int) -> int:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.asked.append(question)
        self._together.wait(PATIENCE)
        with self._lock:
            self.now -= 1
        return question * 10


def test_answers_come_in_the_order_of_the_questions_and_several_are_asked_at_once() -> None:
    ask = Counter(together=4)
    assert list(answers(ask, range(40), 4)) == [number * 10 for number in range(40)]
    assert ask.most == 4


def test_one_fetcher_asks_one_by_one() -> None:
    ask = Counter()
    first = next(answers(ask, range(9), 1))
    assert (first, ask.asked) == (0, [0])


def test_no_more_is_asked_ahead_than_two_for_each_fetcher() -> None:
    ask = Counter()
    some = answers(ask, range(1000), 3)
    assert [next(some) for _ in range(5)] == [0, 10, 20, 30, 40]
    some.close()  # type: ignore[attr-defined]
    assert len(ask.asked) <= 5 + EACH * 3
    assert ask.most <= 3


def test_a_failure_is_raised_where_its_answer_would_have_come() -> None:
    def ask(question: int) -> int:
        return 1 // (3 - question)

    some = answers(ask, range(9), 4)
    assert [next(some) for _ in range(3)] == [0, 0, 1]
    with pytest.raises(ZeroDivisionError):
        next(some)


def test_the_first_of_several_questions_is_asked_alone_and_the_others_together() -> None:
    ask = Counter(together=3)
    alone: list[int] = []

    def first() -> int:
        alone.append(len(ask.asked))
        return 1

    named = {"first": first, "b": lambda: ask(2), "c": lambda: ask(3), "d": lambda: ask(4)}
    assert together(named, 8) == {"first": 1, "b": 20, "c": 30, "d": 40}
    assert (alone, ask.most) == ([0], 3)


def test_what_fails_at_the_first_of_several_questions_is_not_asked_again() -> None:
    ask = Counter()
    with pytest.raises(ZeroDivisionError):
        together({"first": lambda: 1 // 0, "second": lambda: ask(2)}, 8)
    assert not ask.asked


def test_what_was_expected_in_vain_is_dropped() -> None:
    ahead: Ahead[int, int] = Ahead(lambda question: question * 10, 4)
    with ahead:
        ahead.expect([1, 2, 3])
        assert [ahead.answer(question) for question in (2, 7, 1)] == [20, 70, 10]


def test_things_are_made_in_the_background_and_no_more_than_wanted() -> None:
    made: list[int] = []
    ended = threading.Event()

    def things() -> Generator[int, None, None]:
        try:
            for number in range(1000):
                made.append(number)
                yield number
        finally:
            ended.set()

    some = in_background(things(), 3)
    assert [next(some) for _ in range(4)] == [0, 1, 2, 3]
    some.close()
    assert ended.wait(PATIENCE), "what nobody waits for any more is not made"
    assert len(made) <= 4 + 3 + 2


def test_the_background_raises_what_went_wrong_there() -> None:
    def things() -> Generator[int, None, None]:
        yield 1
        raise OSError("lost")

    some = in_background(things(), 3)
    assert next(some) == 1
    with pytest.raises(OSError, match="lost"):
        next(some)


pages = st.lists(
    st.builds(
        lambda size, step, total: (size, step, total),
        st.integers(0, 7),
        st.sampled_from(["exact", "less", "jump", "same", "none", "text"]),
        st.sampled_from(["true", "short", "none"]),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(pages, st.integers(0, 40))
def test_a_list_reads_the_same_however_many_fetch_it(behaviour: list[tuple[int, str, str]], length: int) -> None:
    """Whatever sizes, pointers and totals a vendor gives: the pages are those of a walk one by one."""

    def fetch(offset: int) -> Page:
        size, step, counted = behaviour[offset % len(behaviour)] if behaviour else (5, "exact", "true")
        entries = list(range(offset, min(offset + size, length)))
        reached = offset + len(entries)
        following = {"exact": reached, "less": max(reached - 1, 0), "jump": reached + 9, "same": offset, "text": "x"}
        total = {"true": length, "short": max(length - 3, 0), "none": None}[counted]
        return Page(entries=entries, next=following.get(step), total=total)

    alone = [(offset, page.entries) for offset, page in by_offset(fetch)]
    together = [(offset, page.entries) for offset, page in by_offset(fetch, fetchers=4)]
    assert together == alone


def test_pages_are_fetched_at_once_where_the_total_is_known() -> None:
    ask = Counter()
    held = threading.Barrier(3)

    def fetch(offset: int) -> Page:
        ask.asked.append(offset)
        if offset:
            held.wait(PATIENCE)  # nobody gets on alone
        return Page(entries=list(range(offset, offset + 10)), next=offset + 10, total=70)

    assert [offset for offset, _ in by_offset(fetch, fetchers=3)] == list(range(0, 70, 10))
    assert sorted(ask.asked) == list(range(0, 70, 10)), "and none in vain, or twice"


@pytest.mark.parametrize("length", [0, 1, 2, 40])
def test_numbered_pages_are_fetched_at_once_but_no_more_past_the_end_than_came(length: int) -> None:
    asked: list[int] = []
    together = threading.Barrier(4)

    def fetch(number: int) -> Page:
        asked.append(number)
        if 20 <= number < 24:  # long after the walk has picked up speed
            together.wait(PATIENCE)
        return Page(entries=[number] if number <= length else [])

    pages = list(by_number(fetch, 1, 4))

    assert [(number, page.entries) for number, page in pages] == [(number, [number]) for number in range(1, length + 1)]
    assert len(asked) == len(set(asked))
    assert max(asked) <= length + 1 + min(length, 4)
