"""The fixtures of Lia's tests."""

from tests.vendors.lia.worlds import alice as alice
from tests.vendors.lia.worlds import lia_account as lia_account
from tests.vendors.lia.worlds import lia_mirrored as lia_mirrored
from tests.vendors.lia.worlds import lia_simulator as lia_simulator
