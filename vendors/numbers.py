"""A set of whole numbers that takes hardly any memory, as long as most of them lie close together, as keys do."""

from collections.abc import Iterable

_BITS = 10  # numbers are kept in blocks of 1,024


class Numbers:
    """Numbers from zero up. A million consecutive ones take a quarter of a megabyte, where a set takes a hundred."""

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._blocks: dict[int, int] = {}
        self._many = 0
        self.update(numbers)

    def add(self, number: int) -> bool:
        """Put it in. True where it was not there yet."""
        block, bit = number >> _BITS, 1 << (number & ((1 << _BITS) - 1))
        there = self._blocks.get(block, 0)
        if there & bit:
            return False
        self._blocks[block] = there | bit
        self._many += 1
        return True

    def update(self, numbers: Iterable[int]) -> None:
        """Put all of them in."""
        for number in numbers:
            self.add(number)

    def __contains__(self, number: int) -> bool:
        return bool(self._blocks.get(number >> _BITS, 0) >> (number & ((1 << _BITS) - 1)) & 1)

    def __len__(self) -> int:
        return self._many

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Numbers) and self._blocks == other._blocks

    __hash__ = None  # type: ignore[assignment]  # it changes
