"""Faults of Altcraft alone: true answers to an update that do not say what they should."""

import json
from collections.abc import Mapping

from vendors.sandbox.messages import Request, Response
from vendors.sandbox.simulator import Twist


def _said(**changes: object) -> Twist:
    """The answer with other values at its top; a key is taken out where its new value is None."""

    def twist(request: Request, truth: Response) -> Response:
        said = {**json.loads(truth.body), **changes}
        return Response.json({key: value for key, value in said.items() if value is not None}, status=truth.status)

    return twist


def _echoed(**changes: object) -> Twist:
    """The answer as if it spoke of something else."""

    def twist(request: Request, truth: Response) -> Response:
        said = json.loads(truth.body)
        return Response.json({**said, "data": {**said.get("data", {}), **changes}}, status=truth.status)

    return twist


TWISTS: Mapping[str, Twist] = {
    "error_as_text": _said(error="0"),
    "error_as_boolean": _said(error=False),
    "no_error": _said(error=None),
    "no_echo": _said(data=None),
    "other_order": _echoed(order_external_id="another-order"),
    "other_line": _echoed(order_line_external_id="another_line"),
    "other_status": _echoed(status_external_id="another_status"),
}
