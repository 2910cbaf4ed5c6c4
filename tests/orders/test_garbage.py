"""Passes that overlap leave the interpreter as they found it."""

import gc
from contextlib import ExitStack

from orders.services.garbage import OBJECTS, rare_collections


def test_the_last_of_overlapping_blocks_puts_back_what_was() -> None:
    before = gc.get_threshold()
    first, second = ExitStack(), ExitStack()

    first.enter_context(rare_collections())
    second.enter_context(rare_collections())
    assert gc.get_threshold() == (OBJECTS, *before[1:])

    first.close()
    assert gc.get_threshold() == (OBJECTS, *before[1:])
    second.close()
    assert gc.get_threshold() == before
