"""Ask ahead: several things at once, or in the background, and hand the answers on in the order of the questions.

What is asked for ahead is bounded, so that memory stays flat however slowly the answers are used. A call that fails
raises where its answer would have come, as if everything had been asked for one by one.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from itertools import islice
from queue import Empty, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")


class Ahead(Generic[Asked, Answered]):
    """Answers to questions that can be expected before they are asked. A context manager.

    `ask` is called by up to `fetchers` threads at once; one alone expects nothing and asks when it is asked.
    """

    def __init__(self, ask: Callable[[Asked], Answered], fetchers: int) -> None:
        self._ask = ask
        self._fetchers = fetchers
        self._pool = _pool(fetchers) if fetchers > 1 else None
        self._expected: deque[tuple[Asked, Future[Answered]]] = deque()

    def __enter__(self) -> "Ahead[Asked, Answered]":
        return self

    def __exit__(self, *_: object) -> None:
        """Forget what was expected, without waiting for calls that are under way."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

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
        for question in islice(questions, self._fetchers):
            if question not in expected:
                self._expected.append((question, self._pool.submit(self._ask, question)))


def answers(ask: Callable[[Asked], Answered], questions: Iterable[Asked], fetchers: int) -> Iterator[Answered]:
    """The answer to each question, in their order; up to `fetchers` of them are asked for at once."""
    if fetchers <= 1:
        yield from map(ask, questions)
        return
    left, pool = iter(questions), _pool(fetchers)
    try:
        waiting = deque(pool.submit(ask, question) for question in islice(left, fetchers))
        while waiting:
            answer = waiting.popleft().result()
            waiting.extend(pool.submit(ask, question) for question in islice(left, 1))
            yield answer
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


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


def _pool(fetchers: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(fetchers, thread_name_prefix="fetcher")
