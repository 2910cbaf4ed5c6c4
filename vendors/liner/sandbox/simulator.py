"""Liner's API under /liner: routes, envelopes, paging and authentication (Liner: request schema page)."""

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, ClassVar

from vendors.liner.sandbox.shown import shown_order
from vendors.liner.sandbox.update import update_order
from vendors.liner.sandbox.world import SCENARIOS, Thing, World, build_world, moment
from vendors.sandbox.messages import NotJSON, Request, Response
from vendors.sandbox.simulator import Order, Simulator, Twist
from vendors.sandbox.switches import Switch

DEFAULT_LIMIT, LARGEST_LIMIT = 50, 100
ACCESS_GROUPS = ("client", "call-center", "call-center-senior", "arbitration", "moderator", "admin")
COMPONENTS = ("linerMonolithPhpGateway", "linerMicroMqHub", "linerMicroRabbit", "linerMicroNps", "linerMicroStt")
UPDATE = re.compile(r"/v2/order/update/([1-9][0-9]*)/?")


class Refused(Exception):
    """Liner does not do this; `status` is 0 where the switch for failed validation decides about it."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.message, self.status = message, status


class LinerSimulator(Simulator):
    slug: ClassVar[str] = "liner"
    label: ClassVar[str] = "Liner"
    credentials: ClassVar[Mapping[str, str]] = {"api_key": "liner-sandbox-key-0001"}
    stamps: ClassVar[frozenset[str]] = frozenset({"updatedAt"})
    switches: ClassVar[Mapping[str, Switch]] = {
        "unpaged_path": Switch(settings=("singular", "plural", "both"), about="the path of lists without pages"),
        "missing_slash": Switch(settings=("404", "301", "accept"), about="a path without its last slash"),
        "custom_values": Switch(settings=("merge", "replace"), about="what an update does with customValues not sent"),
        "empty_custom_values": Switch(settings=("{}", "[]"), about="how no custom values at all are shown"),
        "cleared_as": Switch(
            settings=("null", "empty_string", "type_zero", "absent"),
            about="how a cleared value is shown (absent: custom values only)",
        ),
        "clearing_fixed": Switch(
            settings=("reject", "default", "accept"), about="clearing a yes/no, a word, the code or the title"
        ),
        "limit_above_100": Switch(settings=("clamp", "reject"), about="a limit above the documented maximum"),
        "next_on_last_page": Switch(
            settings=("total", "null", "absent", "offset_plus_limit"), about="where the last page points to"
        ),
        "list_order": Switch(
            settings=("id", "updated_desc", "shuffled"), about="shuffled: neighbours change places between pages"
        ),
        "archived_in_list": Switch(settings=("no", "yes"), about="archived orders in the v2 list"),
        "unknown_key": Switch(settings=("reject", "ignore"), about="a key in the body that Liner does not document"),
        "unknown_id": Switch(settings=("reject", "accept"), about="a reference to something that does not exist"),
        "foreign_number": Switch(settings=("reject", "accept"), about="a virtual number that another order owns"),
        "failed_validation": Switch(settings=("422", "400", "200"), about="the HTTP status of a refused update"),
        "duplicate_code": Switch(settings=("accept", "reject"), about="a code that another order has"),
        "one_bad_field": Switch(
            settings=("whole_refused", "stored_partly"), about="an update with good fields and bad ones"
        ),
        "select_value": Switch(settings=("code", "title"), about="what a choice is called on the wire"),
        "multiselect_value": Switch(settings=("array", "comma_string"), about="how several choices are written"),
        "lag_ms": Switch(settings=("0",), number=True, about="how long lists show what was before an update"),
        "health": Switch(
            settings=("ok", "component_down", "consumer_down"), about="what the health check says (the envelope: yes)"
        ),
    }

    # The frame

    def build(self) -> None:
        self.world: World = build_world(seed=self.seed, size=self.size)
        self.orders.update(self.world.orders)
        self.world.orders = self.orders
        self._pages = 0

    def handle(self, request: Request) -> Response:
        try:
            self._check_key(request)
            return self._route(request)
        except Refused as no:
            return self.failure(no.status or int(self.switch["failed_validation"]), no.message)

    def failure(self, status: int, message: str) -> Response:
        return Response.json({"success": False, "message": message, "data": []}, status=status)

    def refusal(self, message: str) -> Response:
        return self.failure(int(self.switch["failed_validation"]), message)

    def order_of(self, request: Request) -> str:
        found = UPDATE.fullmatch(request.path)
        return found.group(1) if found else ""

    def stamp(self, order: Order) -> None:
        order["updatedAt"] = moment(self.now())

    def lag(self) -> float:
        return self.switch.number("lag_ms") / 1000

    def lists(self) -> Mapping[str, Any]:
        return {
            "users": list(self.world.users.values()),
            "agent_groups": list(self.world.agent_groups.values()),
            "call_attempt_groups": list(self.world.attempts.values()),
            "numbers": list(self.world.numbers.values()),
            "custom_fields": list(self.world.custom_fields.values()),
            "scenarios": list(SCENARIOS),
        }

    def act(self, what: str, **arguments: Any) -> Any:
        """`archive` or `restore` an `order`."""
        if what not in {"archive", "restore"}:
            return super().act(what, **arguments)
        self.edit(arguments["order"], _archived=what == "archive")
        return None

    def _check_key(self, request: Request) -> None:
        key = request.headers.get("x-api-key", "")
        if not hmac.compare_digest(key.encode(), self.credentials["api_key"].encode()):
            raise Refused("Неверный ключ интеграции.", 401)

    def _route(self, request: Request) -> Response:
        """Find the method page for this path. Every documented path ends in a slash (Liner: method pages)."""
        path = request.path
        if not path.endswith("/"):
            if self.switch["missing_slash"] == "404":
                raise Refused("Страница не найдена.", 404)
            if self.switch["missing_slash"] == "301":
                moved = self.failure(301, "Перемещено.")
                return Response(status=301, body=moved.body, headers={"Location": f"/liner{path}/"})
            path += "/"
        for pattern, method, answer in self._routes():
            found = re.fullmatch(pattern, path)
            if found is None:
                continue
            if request.method != method:
                raise Refused("Метод не поддерживается.", 405)
            return _success(answer(request, *map(int, found.groups())))
        raise Refused("Страница не найдена.", 404)

    def _routes(self) -> list[tuple[str, str, Callable[..., Any]]]:
        plural = {"singular": "", "plural": "s", "both": "s?"}[self.switch["unpaged_path"]]
        number = "([1-9][0-9]{0,17})"
        return [
            (r"/v2/order/", "GET", self._order_page),
            (rf"/v2/order/update/{number}/", "POST", self._update),
            (r"/v1/order/list/", "GET", self._active_orders),
            (r"/v2/user/list/", "GET", self._user_page),
            (rf"/v2/user/detail/{number}/", "GET", lambda _, id_: _found(self.world.users, id_)),
            (r"/v2/call-attempt/", "GET", lambda request: self._page(request, list(self.world.attempts.values()))),
            (rf"/v2/call-attempt/detail/{number}/", "GET", lambda _, id_: _found(self.world.attempts, id_)),
            (r"/v2/agent-group/", "GET", self._agent_group_page),
            (rf"/v2/agent-group/{number}/", "GET", lambda _, id_: _found(self.world.agent_groups, id_)),
            (rf"/v2/sip-endpoint{plural}/", "GET", lambda _: list(self.world.numbers.values())),
            (rf"/v2/custom-field{plural}/", "GET", self._custom_fields),
            (r"/v1/health/check/", "GET", self._health),
        ]

    # Orders

    def _order_page(self, request: Request) -> Thing:
        page = self._page(request, self._listed())
        seen = [self.seen(id_) for id_ in page["list"]]
        page["list"] = [shown_order(self.world, order, self.switch) for order in seen if order]
        return page

    def _listed(self) -> list[str]:
        """The ids of the orders in the v2 list, in its order."""
        archived_too = self.switch["archived_in_list"] == "yes"
        ids = [id_ for id_, order in self.orders.items() if archived_too or not order["_archived"]]
        if self.switch["list_order"] == "updated_desc":
            ids.sort(key=lambda id_: str(self.orders[id_]["updatedAt"]), reverse=True)
        if self.switch["list_order"] == "shuffled":
            self._pages += 1
            random = Random(f"{self.seed}:{self._pages}")  # noqa: S311 - a disorder, not a secret
            places = {id_: at + random.uniform(0, 8) for at, id_ in enumerate(ids)}
            ids.sort(key=places.__getitem__)
        return ids

    def _active_orders(self, request: Request) -> list[Thing]:
        active = [self.seen(id_) for id_, order in self.orders.items() if not order["_archived"]]
        return [
            {key: order[key] for key in ("id", "title", "code")} | {"callsAllowed": bool(order["autoDialingEnabled"])}
            for order in active
            if order
        ]

    def _update(self, request: Request, id_: int) -> list[Thing]:
        order = self.orders.get(str(id_))
        if order is None:
            raise Refused("Заказ не найден.", 404)
        before = dict(order)
        problems = update_order(self.world, order, self._object(request), self.switch)
        if order != before:
            self.stamp(order)
        if problems:
            raise Refused("; ".join(problems))
        return []

    def _object(self, request: Request) -> Thing:
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != "application/json":
            raise Refused("Ожидается Content-Type: application/json.")
        try:
            body = request.json()
        except NotJSON as wrong:
            raise Refused("Тело запроса не является JSON.") from wrong
        if not isinstance(body, dict):
            raise Refused("Ожидается объект JSON.")
        return body

    # What orders refer to

    def _user_page(self, request: Request) -> Thing:
        group = _choice(request, "accessGroup", ACCESS_GROUPS)
        active = _choice(request, "isActive", ("0", "1"))
        users = [
            user
            for user in self.world.users.values()
            if group in {None, user["accessGroup"]} and (active is None or user["isActive"] == (active == "1"))
        ]
        return self._page(request, users)

    def _agent_group_page(self, request: Request) -> Thing:
        agent = _whole(request, "agentId", default=0, least=1)
        groups = [each for each in self.world.agent_groups.values() if not agent or agent in each["agentIds"]]
        return self._page(request, groups)

    def _custom_fields(self, request: Request) -> list[Thing]:
        essence = _choice(request, "essence", ("orders", "leads"))
        return [each for each in self.world.custom_fields.values() if essence in {None, each["essence"]}]

    def _page(self, request: Request, things: Sequence[Any]) -> Thing:
        """One page by offset and limit (Liner: list pages)."""
        offset = _whole(request, "offset", default=0, least=0)
        limit = _whole(request, "limit", default=DEFAULT_LIMIT, least=1)
        if limit > LARGEST_LIMIT and self.switch["limit_above_100"] == "reject":
            raise Refused("limit: не больше 100")
        limit = min(limit, LARGEST_LIMIT)
        page: Thing = {"list": list(things[offset : offset + limit]), "next": offset + limit, "total": len(things)}
        if offset + limit >= len(things):
            last = self.switch["next_on_last_page"]
            page["next"] = {"total": len(things), "offset_plus_limit": offset + limit}.get(last)
            if last == "absent":
                del page["next"]
        return page

    def _health(self, request: Request) -> Thing:
        state = self.switch["health"]
        components: Thing = {}
        for name in COMPONENTS:
            down = state == "component_down" and name == "linerMicroStt"
            data: Thing = {"executionTime": 0.0072, "reasonPhrase": "Service Unavailable" if down else "Ok"}
            if name == "linerMicroMqHub":
                here = 0 if state == "consumer_down" else 1
                counts = {"current_consumers_count": here, "needle_consumers_count": 1}
                data["consumers"] = [{"queue_name": "call_save_result", "success": bool(here), "data": counts}]
            components[name] = {"success": not down, "message": "" if not down else "No answer.", "data": data}
        return components


def _success(data: Any) -> Response:
    return Response.json({"success": True, "message": "", "data": data})


def _found(things: Mapping[int, Thing], id_: int) -> Thing:
    if id_ not in things:
        raise Refused("Не найдено.", 404)
    return things[id_]


def _choice(request: Request, name: str, words: Sequence[str]) -> str | None:
    value = request.argument(name)
    if value is not None and value not in words:
        raise Refused(f"{name}: недопустимое значение")
    return value


def _whole(request: Request, name: str, *, default: int, least: int) -> int:
    value = request.argument(name)
    if value is None:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", value, re.ASCII) or int(value) < least:
        raise Refused(f"{name}: ожидается целое число не меньше {least}")
    return int(value)


def _twist(**changes: Any) -> Twist:
    """An answer whose envelope says something else; a key is taken out where its new value is None."""

    def twist(request: Request, truth: Response) -> Response:
        envelope = {**Request(method="", path="", body=truth.body).json(), **changes}
        kept = {key: value for key, value in envelope.items() if value is not None}
        return Response.json(kept, status=truth.status)

    return twist


LinerSimulator.twists = {
    "no_success": _twist(success=None),
    "success_as_text": _twist(success="true"),
    "no_without_words": _twist(success=False, message=""),
    "no_data": _twist(data=None),
}
