"""Orders that the contract suite runs over. `tests.vendors.<slug>.samples()` gives those of one vendor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

from vendors.contract import Raw, Vendor
from vendors.registry import VENDORS


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One invented order, and the vendor as an account with it is set up.

    `new` are values, as typed, for fields that no ordinary text fits. Every field has to be writable in one of a
    vendor's samples, and every entry of its page has to have a value in one of them.
    """

    name: str
    vendor: Vendor
    raw: Raw
    new: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.vendor.slug} {self.name}"


@cache
def samples_of(slug: str) -> Sequence[Sample]:
    """The samples of one vendor. A vendor without any fails the suite."""
    samples: Sequence[Sample] = import_module(f"tests.vendors.{slug}").samples()
    assert samples, f"{slug} has no samples"
    return samples


def all_samples() -> list[Sample]:
    return [sample for slug in VENDORS for sample in samples_of(slug)]
