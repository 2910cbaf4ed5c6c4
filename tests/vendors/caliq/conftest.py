"""A simulator over real HTTP, and the adapter connected to it."""

from collections.abc import Iterator

import pytest

from tests.vendors.caliq import OPTIONS
from vendors.caliq.sandbox import CaliqSimulator
from vendors.caliq.vendor import Caliq
from vendors.sandbox.server import Server


@pytest.fixture
def simulator() -> Iterator[CaliqSimulator]:
    simulator = CaliqSimulator(size=30)
    with Server([simulator]) as server:
        yield simulator
        assert server.errors == []


@pytest.fixture
def caliq(simulator: CaliqSimulator) -> Caliq:
    return connected(simulator)


def connected(simulator: CaliqSimulator) -> Caliq:
    """The adapter, with the pick lists that it reads itself."""
    vendor = Caliq(options=dict(OPTIONS))
    vendor.http = vendor.connect(base_url=simulator.url, credentials=simulator.credentials)
    vendor.lists = vendor.pick_lists()
    simulator.journal.clear()
    return vendor
