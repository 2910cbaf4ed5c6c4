"""Ask ahead: several things at once, or in the background, and hand the answers on in the order of the questions.

What is asked for ahead is bounded, so that memory stays flat however slowly the answers are used. A call that fails
raises where its answer would have come, as if everything had been asked for one by one.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import closing, suppress
from itertools import islice
from queue import Empty, Queue, SimpleQueue
from threading import Event, Thread
from typing import Any, Generic, TypeVar

from django.db import connections

EACH = 2  # questions for each fetcher: the one it asks, and one to go on with while a slower answer is waited for

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")


class Ahead(Generic[Asked, Answered]):
    """Answers to questions that can be expected before they are asked. A context manager.

    `ask` is called by up to `fetchers` threads at once; one alone expects nothing and asks when it is asked.
    """

    def __init__(self, ask: Callable[[Asked], Answered], fetchers: int) -> None:
        self._ask = ask
        self._fetchers = fetchers
        self._pool = _Fetchers(fetchers) if fetchers > 1 else None
        self._expected: deque[tuple[Asked, Future[Answered]]] = deque()

    def __enter__(self) -> "Ahead[Asked, Answered]":
        return self

    def __exit__(self, *_: object) -> None:
        """Forget what was expected, without waiting for calls that are under way."""
        if self._pool is not None:
            self._pool.dismiss()

    def answer(self, question: Asked) -> Answered:
        """The answer to this question. What was expected in its place is dropped, unasked where possible."""
        while self._expected:
            expected, future = self._expected.popleft()
            if expected == question:
                return future.result()
            future.cancel()
        return self._ask(question)

    def expect(self, questions: Iterable[Asked]) -> None:
        """Ask meanwhile what will probably be asked next, in this order."""
        if self._pool is None:
            return
        expected = [question for question, _ in self._expected]
        for question in islice(questions, EACH * self._fetchers):
            if question not in expected:
                self._expected.append((question, self._pool.submit(self._ask, question)))


def answers(ask: Callable[[Asked], Answered], questions: Iterable[Asked], fetchers: int) -> Iterator[Answered]:
    """The answer to each question, in their order; up to `fetchers` of them are asked for at once."""
    if fetchers <= 1:
        yield from map(ask, questions)
        return
    left, pool = iter(questions), _Fetchers(fetchers)
    try:
        waiting = deque(pool.submit(ask, question) for question in islice(left, EACH * fetchers))
        while waiting:
            answer = waiting.popleft().result()
            waiting.extend(pool.submit(ask, question) for question in islice(left, 1))
            yield answer
    finally:
        pool.dismiss()


def together(questions: Mapping[str, Callable[[], Answered]], fetchers: int) -> dict[str, Answered]:
    """The answer to each question, by its name. The first is asked alone: what fails there would fail with all."""
    (first, ask), *others = questions.items()
    told = {first: ask()}
    replies = answers(lambda asking: asking(), [asking for _, asking in others], fetchers)
    return told | {name: reply for (name, _), reply in zip(others, replies, strict=True)}


def in_background(things: Generator[Answered, None, None], most: int) -> Generator[Answered, None, None]:
    """The same things, made by a thread of its own while the last ones are used; at most so many wait to be used."""
    shelf: Queue[tuple[Answered] | BaseException] = Queue(most)
    stopped = Event()

    def fill() -> None:
        end: BaseException = _End()
        try:
            with closing(things):
                for thing in things:
                    shelf.put((thing,))
                    if stopped.is_set():
                        break
        except BaseException as failure:  # noqa: BLE001 - it is raised where it would have been without the thread
            end = failure
        finally:
            connections.close_all()
        if not stopped.is_set():
            shelf.put(end)

    Thread(target=fill, name="reader", daemon=True).start()
    try:
        while isinstance(found := shelf.get(), tuple):
            yield found[0]
        if not isinstance(found, _End):
            raise found
    finally:
        stopped.set()
        _clear(shelf)


class _End(Exception):
    """There are no more things."""


def _clear(shelf: Queue[tuple[Answered] | BaseException]) -> None:
    """Make room, so that a thread that waits for it goes on, and to its end."""
    with suppress(Empty):
        while True:
            shelf.get_nowait()


class _Fetchers:
    """Threads that ask. Whoever is asked may use the database, so each closes what it opened before it ends."""

    def __init__(self, many: int) -> None:
        self._asked: SimpleQueue[tuple[Future[Any], Callable[[Any], Any], Any] | None] = SimpleQueue()
        self._many = many
        for _ in range(many):
            Thread(target=self._run, name="fetcher", daemon=True).start()

    def submit(self, ask: Callable[[Asked], Answered], question: Asked) -> "Future[Answered]":
        """Ask as soon as a thread is free."""
        future: Future[Answered] = Future()
        self._asked.put((future, ask, question))
        return future

    def dismiss(self) -> None:
        """End the threads, without waiting for calls that are under way; what is not asked yet never is."""
        with suppress(Empty):
            while task := self._asked.get_nowait():
                task[0].cancel()
        for _ in range(self._many):
            self._asked.put(None)

    def _run(self) -> None:
        try:
            while task := self._asked.get():
                future, ask, question = task
                if future.set_running_or_notify_cancel():
                    try:
                        future.set_result(ask(question))
                    except BaseException as failure:  # noqa: BLE001 - it is raised where the answer would have come
                        future.set_exception(failure)
        finally:
            connections.close_all()
