"""The shared fixtures of the desk's tests."""

from tests.orders.worlds import account as account
from tests.orders.worlds import ada as ada
from tests.orders.worlds import alice as alice
from tests.orders.worlds import bob as bob
from tests.orders.worlds import liner as liner
from tests.orders.worlds import mirrored as mirrored
from tests.orders.worlds import order as order
from tests.orders.worlds import sam as sam
