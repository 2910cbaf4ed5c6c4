"""What the desk remembers: the mirrored orders, what they were before, and every edit with its attempts."""

from orders.models.edits import Attempt, Edit, EditField, Step
from orders.models.mirror import Delivery, Order, Revision, SyncRun
from orders.models.people import Export, ExportPart, Preferences
from orders.models.work import Schedule, Worker

__all__ = [
    "Attempt",
    "Delivery",
    "Edit",
    "EditField",
    "Export",
    "ExportPart",
    "Order",
    "Preferences",
    "Revision",
    "Schedule",
    "Step",
    "SyncRun",
    "Worker",
]
