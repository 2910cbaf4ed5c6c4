"""One edit in this process, and many agents at a slow vendor with the real servers."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median
from threading import Event, Thread
from typing import Any

import requests
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connections
from django.db.models import Max
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.environment import ROOT
from orders import services
from orders.bench import references
from orders.bench.statements import cost_of
from orders.bench.timing import Figures, Report, milliseconds, number
from orders.bench.vendor import serving
from orders.models import Edit, Order
from orders.services.settling import advance_submission
from orders.states import LIVE
from vendors import secrets
from vendors.models import VendorAccount

AGENTS = 64
EDITS_EACH = 12
SLOW = 0.3  # seconds that the slow vendor takes for each call
THREADS = 32
WORKERS = 2  # one of them alone would use one core
PATIENCE = 120.0  # seconds for an edit to end


def measure_edit(report: Report, agent: User, pairs: int = 60) -> None:
    """G10: one edit from the agent's "send" to its outcome, less the vendor's own calls."""
    with serving(pairs + 5, small=True) as url:
        orders = iter(_mirror(url, "Bench edits"))
        client = Client(SERVER_NAME="localhost")
        client.force_login(agent, backend="config.permissions.OneQuery")
        session = references.prepare_call(f"{url}/v2/order/update/1/")
        for _ in range(3):
            _edit(client, agent, next(orders))
            client.get("/bench/post/")
        calls_before = _calls(url)
        told = _statements(client, agent, next(orders))
        calls = _calls(url) - calls_before
        report.begin()
        figures = Figures([], [])
        for order in orders:
            bare = milliseconds(lambda: references.send(session, f"{url}/v2/order/update/1/"))
            whole = milliseconds(partial(_edit, client, agent, order))
            figures.ours.append(whole - calls * bare)
            figures.theirs.append(milliseconds(lambda: client.get("/bench/post/")))
        report.tell("G10", figures, also=f"{told}, {calls} calls to the vendor")


def measure_slow_vendor(report: Report) -> None:
    """G11: 64 agents who send at once, while every call takes the vendor 300 ms."""
    people = [User.objects.create_user(f"agent{number}", password=None) for number in range(AGENTS)]
    group = User.objects.get(username="agent").groups.get()
    for person in people:
        person.groups.add(group)
    with serving(AGENTS, small=True) as quick:
        orders = _mirror(quick, "Bench crowd")
    with serving(AGENTS, small=True, delay=SLOW) as url, _desk() as address:
        VendorAccount.objects.filter(name="Bench crowd").update(base_url=url)
        agents = [_sit_down(address, person, order) for person, order in zip(people, orders, strict=True)]
        onlooker = _browser(people[0])
        idle = [_time_list(address, onlooker) for _ in range(20)]
        report.begin()
        calls, started = _calls(url), time.perf_counter()
        with ThreadPoolExecutor(AGENTS) as pool, _Watch() as watch:
            work = [pool.submit(_work, address, agent, watch) for agent in agents]
            beside = []
            while not all(each.done() for each in work):
                beside.append(_time_list(address, onlooker))
                time.sleep(0.2)
            for each in work:
                each.result()
        seconds = time.perf_counter() - started
        edits = AGENTS * EDITS_EACH
        calls_each = (_calls(url) - calls) / edits
        ceiling, rate = AGENTS / (SLOW * calls_each), edits / seconds
        report.judge(
            "G11a",
            [rate / ceiling],
            f"{number(rate)}/{number(ceiling)} edits/s",
            also=f"{calls_each:.1f} calls an edit",
        )
        figures = f"{number(median(beside))}/{number(median(idle))} ms"
        report.judge("G11b", [median(beside) / median(idle)], figures, also=f"{len(beside)} pages")


def _mirror(url: str, name: str) -> list[Order]:
    account = VendorAccount.objects.create(
        vendor="liner",
        name=name,
        base_url=url,
        encrypted_credentials=secrets.encrypt({"api_key": "a key of nothing"}),
        sync_minutes=0,
    )
    run = services.sync_account(account=account)
    if run.error:
        raise RuntimeError(run.error)
    return list(Order.objects.select_related("account").filter(account=account).order_by("pk"))


def _edit(client: Client, agent: User, order: Order) -> None:
    """Send one change through the page, and take it to its outcome as a worker does."""
    response = client.post(reverse("edit_order", args=[order.pk]), _form(agent, order, "Doors"))
    if response.status_code != 303:
        raise RuntimeError(f"HTTP {response.status_code}: {response.content[:2000].decode()}")
    edit = advance_submission(int(response.headers["Location"].rpartition("=")[2]))
    if edit.state != "applied":
        raise RuntimeError(f"The edit was {edit.state}: {edit.explanation}")


def _form(agent: User, order: Order, title: str) -> dict[str, str]:
    return {
        "_action": "send",
        "_seen": services.sign_seen(order=order, user=agent),
        "_token": new_token(),
        "title": title,
        "_reason": "customer called",
        "_ticket": "48213",
    }


def new_token() -> str:
    """The number of one form."""
    return os.urandom(16).hex()


def _statements(client: Client, agent: User, order: Order) -> str:
    with CaptureQueriesContext(connections["default"]) as seen:
        _edit(client, agent, order)
    cost = cost_of(seen.captured_queries)
    return f"{cost.statements} statements, of them {cost.writes} writes, {cost.commits} commits"


def _calls(url: str) -> int:
    return int(requests.get(f"{url}/calls", timeout=10).json())


def _work(address: str, agent: "_Agent", watch: "_Watch") -> None:
    """What an agent does: send, wait for the outcome, send the next."""
    order = agent.order
    try:
        for turn in range(EDITS_EACH):
            order = Order.objects.select_related("account").get(pk=order.pk)
            form = _form(agent.person, order, f"Title {turn} {order.pk}") | {"csrfmiddlewaretoken": agent.csrf}
            page = f"{address}{reverse('edit_order', args=[order.pk])}"
            sent = agent.browser.post(page, data=form, allow_redirects=False, timeout=60)
            if sent.status_code != 303:
                raise RuntimeError(f"HTTP {sent.status_code}: {_between(sent.text, '<main', '</main>')[:2000]}")
            edit_id = Edit.objects.filter(order=order).aggregate(latest=Max("pk"))["latest"]
            connections.close_all()  # a pool has not as many as there are agents, and one of them is the watch's
            watch.wait_for(edit_id)
    finally:
        connections.close_all()


@dataclass(frozen=True)
class _Agent:
    """Somebody with an order open, who is about to send."""

    person: User
    order: Order
    browser: requests.Session
    csrf: str


def _sit_down(address: str, person: User, order: Order) -> _Agent:
    browser = _browser(person)
    page = browser.get(f"{address}{reverse('edit_order', args=[order.pk])}", timeout=60)
    return _Agent(person, order, browser, _between(page.text, 'name="csrfmiddlewaretoken" value="', '"'))


class _Watch:
    """One look at all edits that are waited for, so that waiting costs next to nothing. A context manager."""

    def __init__(self) -> None:
        self._waiting: dict[int, Event] = {}
        self._ended: dict[int, str] = {}
        self._stop = Event()
        self._thread = Thread(target=self._look, daemon=True)

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def wait_for(self, edit_id: int) -> None:
        """Wait until the edit has ended. Raises RuntimeError where it was not applied, or does not end."""
        ended = self._waiting[edit_id] = Event()
        if not ended.wait(PATIENCE):
            raise RuntimeError(f"An edit has not settled within {PATIENCE} seconds.")
        if self._ended[edit_id] != "applied":
            raise RuntimeError(f"An edit was {self._ended[edit_id]}.")

    def _look(self) -> None:
        try:
            while not self._stop.wait(0.05):
                open_edits = Edit.objects.filter(pk__in=list(self._waiting)).exclude(state__in=LIVE)
                for edit_id, state in open_edits.values_list("pk", "state"):
                    self._ended[edit_id] = state
                    self._waiting.pop(edit_id).set()
        finally:
            connections.close_all()


def _between(text: str, start: str, end: str) -> str:
    return text.partition(start)[2].partition(end)[0]


def _browser(person: User) -> requests.Session:
    client = Client(SERVER_NAME="localhost")
    client.force_login(person, backend="config.permissions.OneQuery")
    browser = requests.Session()
    browser.trust_env = False
    browser.cookies.set(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)
    return browser


def _time_list(address: str, browser: requests.Session) -> float:
    def get() -> None:
        if browser.get(f"{address}/", timeout=60).status_code != 200:
            raise RuntimeError("The list did not come.")

    return milliseconds(get)


@contextmanager
def _desk() -> Iterator[str]:
    """The desk as it is served for real, with a worker: its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serve = ["-m", "gunicorn", "config.wsgi", "--worker-class=gthread", f"--threads={THREADS}", "--workers=2"]
    commands = [
        [
            sys.executable,
            *serve,
            "--log-level=warning",
            "--keep-alive=75",  # an agent who waits for an outcome says nothing for as long
            "--no-control-socket",
            f"--bind=127.0.0.1:{port}",
        ],
        *([sys.executable, "manage.py", "work", f"--threads={AGENTS // WORKERS}"] for _ in range(WORKERS)),
    ]
    running = [subprocess.Popen(command, cwd=ROOT, env=_environment()) for command in commands]  # noqa: S603
    try:
        _until(lambda: requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200)
        yield f"http://127.0.0.1:{port}"
    finally:
        for program in running:
            program.terminate()
        for program in running:
            program.wait(30)


def _environment() -> dict[str, str]:
    return {**os.environ, "DEBUG": "false", "HOLD_SECONDS": "0"}


def _until(ready: Callable[[], Any]) -> None:
    for _ in range(300):
        try:
            if ready():
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise RuntimeError("The desk did not start.")
