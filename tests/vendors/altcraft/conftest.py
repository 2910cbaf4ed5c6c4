"""A simulator over real HTTP, and the adapter connected to it; and an adapter for answers that a test makes up."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.vendors.altcraft import adapter
from vendors.altcraft.sandbox import AltcraftSimulator
from vendors.altcraft.vendor import Altcraft
from vendors.contract import Found
from vendors.sandbox.server import Server

HOST = "https://altcraft.invalid"
API = f"{HOST}/api/v1.1/market"


@pytest.fixture
def simulator() -> Iterator[AltcraftSimulator]:
    """More than one page of the size that the adapter asks for."""
    simulator = AltcraftSimulator(seed=3, size=120)
    with Server([simulator]) as server:
        yield simulator
    assert not server.errors, server.errors[0]


@pytest.fixture
def altcraft(simulator: AltcraftSimulator) -> Altcraft:
    return connected(simulator)


@pytest.fixture
def wired() -> Altcraft:
    """An adapter to be used with `responses`."""
    vendor = adapter()
    vendor.http = vendor.connect(base_url=HOST, credentials={"token": "a-token-of-the-tests"})
    return vendor


def connected(simulator: AltcraftSimulator, **options: Any) -> Altcraft:
    vendor = adapter(simulator, **options)
    vendor.http = vendor.connect(base_url=simulator.url, credentials=simulator.credentials)
    return vendor


def all_of(vendor: Altcraft) -> list[Found]:
    """Every order that a pass over the list gives, which is to report no problem."""
    batches = list(vendor.batches())
    assert [problem for batch in batches for problem in batch.problems] == []
    return [found for batch in batches for found in batch.found]
