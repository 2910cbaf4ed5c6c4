"""The history as files: what is in them, for whom, what a spreadsheet makes of it, and who took it."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders import exports, workbooks
from orders.models import Edit, Export, Order
from orders.states import State
from orders.templatetags.desk import state_word
from tests.orders.rows import make_account, make_change, make_edit, make_order
from tests.orders.worlds import make_person, signed_in
from vendors import secrets
from vendors.models import VendorAccount

pytestmark = pytest.mark.django_db

FORMULAS = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "  @x", '"=1', "'=1", "\"' =1", "\u00a0=1",
    "\u200b=1", "\ufeff=1", "＝1", "＋1", "－1", "＠x", "=cmd|' /C calc'!A0", "-2+3", "\t", "\rx",
)  # fmt: skip
PLAIN = (
    "",
    "1001",
    "Окна",
    "A=1",
    "1-2",
    "#123",
    "(x)",
    "a@b",
    "Ōe",
    "日本",
    "…",
    "é",
    "'quoted'",
    '"x"',
    "~",
    "/",
    " x",
)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def liner(db: None) -> VendorAccount:
    return make_account()


@pytest.fixture
def order(liner: VendorAccount) -> Order:
    return make_order(liner, number="1001", vendor_id="id-1", title="Окна")


@pytest.fixture
def desk(sam: User) -> Client:
    return signed_in(sam)


@pytest.fixture
def blind(db: None) -> Client:
    """Somebody who answers for edits and may not see personal data."""
    return signed_in(make_person("ada", "administrator"))


def fetch(client: Client, kind: str, **query: Any) -> bytes:
    answer = client.get(f"/history/export/{kind}/?{urlencode(query)}")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def table(client: Client, **query: Any) -> list[dict[str, str]]:
    text = fetch(client, "csv", **query).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def objects(client: Client, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(fetch(client, "json", **query))
    return found


def workbook(client: Client, **query: Any) -> bytes:
    """What the newest workbook holds after it was ordered; the tests' tasks run at once."""
    assert client.post(f"/history/export/workbook/?{urlencode(query)}").status_code == 302
    newest = Export.objects.latest("id")
    answer = client.get(f"/exports/{newest.pk}/file/")
    assert answer.status_code == 200, newest.error
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def leave(answer: Any) -> None:
    """Stop listening, as a browser does whose window is closed; `close` would take the test's database with it."""
    answer._iterator.close()


def sheets(data: bytes) -> list[list[list[tuple[str, str]]]]:
    """Every sheet as rows of cells, each with its type in the file and its text."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        names = sorted(name for name in book.namelist() if name.startswith("xl/worksheets/sheet"))
        return [_rows(ET.fromstring(book.read(name))) for name in names]  # noqa: S314 - our own file


def _rows(sheet: ET.Element) -> list[list[tuple[str, str]]]:
    assert not list(sheet.iter(f"{SHEET}f"))
    return [
        [(cell.get("t", "n"), "".join(cell.itertext())) for cell in row.iter(f"{SHEET}c")]
        for row in sheet.iter(f"{SHEET}row")
    ]


# What is in it


def test_a_line_says_everything_that_the_page_says(desk: Client, order: Order, alice: User) -> None:
    changes = {"title": make_change(), "leadsPriority": make_change("Priority", "", "25")}
    at = timezone.now().replace(year=2025, month=11, day=21, hour=14, minute=3, second=10)
    edit = make_edit(
        order, alice, changes=changes, at=at, reason="customer\ncalled", ticket="48213", explanation="Applied."
    )
    (line,) = table(desk)
    assert line == {
        "edit": str(edit.pk),
        "when_utc": "2025-11-21 14:03:10",
        "who": "alice",
        "account": "Liner",
        "order": "1001",
        "order_id": "id-1",
        "title": "Окна",
        "fields": "Title, Priority",
        "changes": "Title: Calls → More calls\nPriority: — → 25",
        "reason": "customer called",
        "ticket": "48213",
        "outcome": "Applied",
        "explanation": "Applied.",
    }
    (one,) = objects(desk)
    assert one["when"] == "2025-11-21T14:03:10Z"
    assert one["changes"][1] == {"field": "leadsPriority", "label": "Priority", "old": "", "new": "25"}
    assert one["reason"] == "customer\ncalled"
    header, row = sheets(workbook(desk))[0]
    assert [text for _, text in header] == list(exports.COLUMNS)
    assert [text for _, text in row] == list(line.values())


@pytest.mark.parametrize("state", State)
def test_the_outcome_is_the_word_of_the_page(desk: Client, order: Order, alice: User, state: State) -> None:
    landed = {"title": {"landed": "other", "now": "x"}}
    make_edit(order, alice, state, landed=landed)
    assert_told_alike(desk, "Applied in part" if state == State.APPLIED else state_word(state))


@pytest.mark.parametrize(
    ("landed", "explanation", "word"),
    [
        ({"landed": "no", "now": ""}, "", "Applied in part"),
        ({"landed": "yes", "now": '"landed":"no"'}, "Applied.", "Applied"),
        ({"landed": "not shown", "now": ""}, "Applied.", "Applied"),
        ({"landed": "no", "now": ""}, "Settled by hand: alice found it applied.", "Applied"),
    ],
)
def test_what_landed_in_part_is_told_as_on_the_page(
    desk: Client, order: Order, alice: User, landed: dict[str, str], explanation: str, word: str
) -> None:
    make_edit(order, alice, landed={"title": landed}, explanation=explanation)
    assert_told_alike(desk, word)


def assert_told_alike(desk: Client, word: str) -> None:
    blind = signed_in(make_person("ada", "administrator"))
    assert f">{word}</span>" in desk.get("/history/").content.decode()
    for client in (desk, blind):
        assert table(client)[0]["outcome"] == word
        assert objects(client)[0]["outcome"] == word


def test_it_holds_exactly_what_the_filters_show_on_all_pages(
    desk: Client, order: Order, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BATCH", 7)
    now = timezone.now()
    mine = [make_edit(order, alice, at=now - timedelta(minutes=step // 3)) for step in range(60)]
    make_edit(order, bob)
    expected = [str(edit.pk) for edit in sorted(mine, key=lambda edit: (edit.created_at, edit.pk), reverse=True)]
    query = {"person": alice.pk, "outcome": "applied", "field": "title"}
    assert [line["edit"] for line in table(desk, **query)] == expected
    assert [str(one["edit"]) for one in objects(desk, **query)] == expected
    assert [row[0][1] for row in sheets(workbook(desk, **query))[0][1:]] == expected
    assert len(table(desk)) == 61


def test_nothing_is_a_file_too(desk: Client, order: Order) -> None:
    assert table(desk) == []
    assert table(desk, order="nowhere") == []
    assert objects(desk) == []
    assert len(sheets(workbook(desk))[0]) == 1


def test_files_have_names_and_are_kept_by_nobody_on_the_way(desk: Client, order: Order) -> None:
    for kind, content_type in (("csv", "text/csv; charset=utf-8"), ("json", "application/json")):
        answer = desk.get(f"/history/export/{kind}/")
        assert answer["Content-Type"] == content_type
        assert answer["Content-Disposition"].startswith('attachment; filename="amend-history-20')
        assert answer["Content-Disposition"].endswith(f'.{kind}"')
        assert "private" in answer["Cache-Control"]
    assert desk.get("/history/export/pdf/").status_code == 404


# Formulas


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet might make something of a cell other than its text."""
    return cell[:1] in set("\t\r\n") or cell.lstrip(' "\t\r\n\u00a0\u200b\ufeff')[:1] in set("=+-@＝＋－＠")


@pytest.mark.parametrize("place", ["who", "account", "order", "order_id", "title", "reason", "ticket", "explanation"])
def test_no_cell_is_a_formula(desk: Client, blind: Client, alice: User, place: str) -> None:
    columns = {"order": "number", "title": "title", "order_id": "vendor_id"}
    for number, text in enumerate(FORMULAS):
        account = make_account(text if place == "account" else f"Liner {number}")
        order = make_order(account, **({columns[place]: text} if place in columns else {}))
        author = User.objects.create_user(f"{text}{number}") if place == "who" else alice
        why: dict[str, Any] = {place: text} if place in {"reason", "ticket", "explanation"} else {}
        make_edit(order, author, **why)
    for client in (desk, blind):
        cells = [line[place] for line in table(client)]
        assert len(cells) == len(FORMULAS)
        for cell in cells:
            assert cell.startswith("'") or place in {"reason", "ticket", "explanation"}, repr(cell)
            assert not is_formula(cell), repr(cell)
    for row in sheets(workbook(desk))[0][1:]:
        assert {kind for kind, _ in row[1:]} <= {"s", "inlineStr"}


@pytest.mark.parametrize("place", ["label", "old_text", "new_text"])
def test_no_line_of_the_changes_is_a_formula(desk: Client, order: Order, alice: User, place: str) -> None:
    for text in FORMULAS:
        change = make_change() | {place: f"x\n{text}" if place != "label" else text}
        make_edit(order, alice, changes={"a": change, "b": change})
    for line in table(desk):
        for told in [line["fields"], *line["changes"].split("\n")]:
            assert not is_formula(told), repr(told)
        assert line["changes"].count("\n") == 1


def test_what_is_no_formula_stays_as_it_is(desk: Client, blind: Client, liner: VendorAccount, alice: User) -> None:
    for text in PLAIN:
        make_edit(make_order(liner, title=text), alice, ticket=text.strip())
    for client in (desk, blind):
        lines = table(client)
        assert [line["title"] for line in reversed(lines)] == list(PLAIN)
        assert [line["ticket"] for line in reversed(lines)] == [text.strip() for text in PLAIN]


def test_a_file_survives_whatever_a_vendor_sends(desk: Client, liner: VendorAccount, alice: User) -> None:
    hostile = '"; DROP,\r\n"a",=1\x01\u202e%s {page} \\ ; "'
    edit = make_edit(
        make_order(liner, number=hostile, title=hostile), alice, State.REFUSED,
        changes={"x": make_change(hostile, hostile, hostile)}, reason=hostile, explanation=hostile,
    )  # fmt: skip
    (line,) = table(desk)
    assert line["edit"] == str(edit.pk)
    assert line["order"].lstrip("'").startswith('"; DROP')
    assert "\u202e" not in line["changes"]
    assert objects(desk)[0]["order"] == hostile
    assert len(sheets(workbook(desk))[0]) == 2


# Personal data


def test_personal_values_are_masked_as_on_the_page(desk: Client, blind: Client, order: Order, alice: User) -> None:
    said = {"said": "no", "message": "Joana Exemplo is unknown", "status": 422, "text": "{}"}
    changes = {
        "customer_name": make_change("Customer", "Joana Exemplo", "Joana Outra", personal=True),
        "title": make_change("Title", "open words", "other words"),
    }
    explanation = "Refused: Joana Exemplo is unknown"
    make_edit(order, alice, State.REFUSED, changes=changes, answer=said, explanation=explanation)
    for data in (fetch(blind, "csv"), fetch(blind, "json"), "".join(_texts(workbook(blind))).encode()):
        text = data.decode() if b"\\u" not in data else json.dumps(json.loads(data), ensure_ascii=False)
        assert "Joana" not in text
        assert "••• → •••" in text or '"old": "•••"' in text
        assert "other words" in text
        assert "Refused: •••" in text
    for kind in ("csv", "json"):
        assert b"Joana Outra" in fetch(desk, kind)
    assert "Joana Outra" in "".join(_texts(workbook(desk)))


def _texts(data: bytes) -> Iterator[str]:
    for sheet in sheets(data):
        for row in sheet:
            yield from (text for _, text in row)


def test_a_workbook_with_personal_data_is_not_for_whoever_may_not_see_it_any_more(
    desk: Client, sam: User, order: Order, alice: User
) -> None:
    make_edit(order, alice)
    workbook(desk)
    newest = Export.objects.latest("id")
    Group.objects.get(name="supervisor").permissions.remove(Permission.objects.get(codename="view_personal"))
    assert desk.get(f"/exports/{newest.pk}/file/").status_code == 403


def test_nothing_of_an_account_but_its_name_is_in_it(desk: Client, blind: Client, alice: User) -> None:
    hidden = secrets.encrypt({"api_key": "key-of-nobody"})
    account = make_account(
        encrypted_credentials=hidden, hook_token="token-of-nobody", options={"x": "option-of-nobody"}
    )
    answer = {"said": "yes", "message": "", "status": 200, "text": "answer-of-nobody"}
    make_edit(make_order(account), alice, answer=answer, payload={"title": "payload-of-nobody"})
    for client in (desk, blind):
        for data in (fetch(client, "csv"), fetch(client, "json"), "".join(_texts(workbook(client))).encode()):
            assert b"Liner" in data
            assert b"of-nobody" not in data
            assert hidden.encode() not in data


# Who may, and who did


@pytest.mark.parametrize("missing", ["view_history", "export_history"])
def test_it_takes_both_permissions(desk: Client, order: Order, alice: User, missing: str) -> None:
    make_edit(order, alice)
    workbook(desk)
    newest = Export.objects.latest("id")
    Group.objects.get(name="supervisor").permissions.remove(Permission.objects.get(codename=missing))
    assert desk.get("/history/export/csv/").status_code == 403
    assert desk.get("/history/export/json/").status_code == 403
    assert desk.post("/history/export/workbook/").status_code == 403
    assert desk.get(f"/exports/{newest.pk}/file/").status_code == 403
    assert Export.objects.count() == 1
    if missing == "export_history":
        assert "/history/export/" not in desk.get("/history/").content.decode()


def test_supervisors_and_administrators_may_and_agents_may_not(db: None) -> None:
    may = {group.name for group in Group.objects.filter(permissions__codename="export_history")}
    assert may == {"supervisor", "administrator"}


def test_nobody_gets_what_another_took(desk: Client, blind: Client, order: Order, alice: User) -> None:
    make_edit(order, alice)
    workbook(desk)
    newest = Export.objects.latest("id")
    assert blind.get(f"/exports/{newest.pk}/file/").status_code == 404
    assert "No exports yet" in blind.get("/exports/").content.decode()


def test_every_export_is_on_record(desk: Client, sam: User, order: Order, alice: User, bob: User) -> None:
    make_edit(order, alice)
    make_edit(order, alice)
    make_edit(order, bob)
    fetch(desk, "csv", person=alice.pk, since="2020-01-01", outcome="nonsense")
    kept = Export.objects.get()
    assert (kept.author, kept.kind, kept.state, kept.rows, kept.personal) == (sam, "csv", "done", 2, True)
    assert kept.narrowed_to == "person alice, first day 2020-01-01"
    assert kept.query == f"person={alice.pk}&since=2020-01-01"
    page = desk.get("/exports/").content.decode()
    assert "person alice, first day 2020-01-01" in page


def test_one_that_is_broken_off_is_told_from_one_that_is_whole(
    desk: Client, order: Order, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BATCH", 2)
    for _ in range(10):
        make_edit(order, alice)
    answer = desk.get("/history/export/json/")
    pieces: Iterator[bytes] = answer.streaming_content  # type: ignore[attr-defined]
    next(pieces)
    assert Export.objects.get().state == "running"
    leave(answer)
    kept = Export.objects.get()
    assert (kept.state, kept.error) == ("failed", "It was broken off.")


def test_workbooks_are_ordered_by_post_and_not_without_end(desk: Client, sam: User, order: Order) -> None:
    assert desk.get("/history/export/workbook/").status_code in {404, 405}
    now = timezone.now()
    for _ in range(3):
        Export.objects.create(author=sam, kind="xlsx", state="running", personal=True, created_at=now, touched_at=now)
    assert desk.post("/history/export/workbook/").status_code == 302
    assert Export.objects.count() == 3
    page = desk.get("/exports/").content.decode()
    assert "3 workbooks of yours are under way." in page
    assert page.count("Being written") == 3
    assert 'hx-trigger="every 2s"' in page
    Export.objects.filter(pk=Export.objects.latest("id").pk).update(state="failed", error="Nobody knows.")
    assert desk.post("/history/export/workbook/").status_code == 302
    assert Export.objects.count() == 4


# Streams and sheets


def test_a_stream_reads_no_more_than_it_has_sent(
    desk: Client, order: Order, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BATCH", 5)
    for _ in range(30):
        make_edit(order, alice)
    answer = desk.get("/history/export/json/")
    pieces: Iterator[bytes] = answer.streaming_content  # type: ignore[attr-defined]
    with CaptureQueriesContext(connection) as queries:
        next(pieces)
    assert len([query for query in queries if "orders_edit" in query["sql"]]) == 1
    with CaptureQueriesContext(connection) as queries:
        next(pieces)
    (read,) = queries
    assert "OFFSET" not in read["sql"]
    assert '"orders_order"."raw"' not in read["sql"]
    leave(answer)


def test_a_workbook_goes_on_on_further_sheets(
    desk: Client, order: Order, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "SHEET_ROWS", 5)
    for _ in range(9):
        make_edit(order, alice)
    assert [len(rows) for rows in sheets(workbook(desk))] == [5, 5, 2]


def test_a_cell_that_is_too_long_is_cut_and_says_so(desk: Client, order: Order, alice: User) -> None:
    make_edit(order, alice, changes={"prompt": make_change("Prompt", "", "x" * 40_000)})
    (told,) = [text for _, text in sheets(workbook(desk))[0][1] if text.startswith("Prompt: ")]
    assert len(told) == 32_767
    assert told.endswith("(cut: a cell holds no more)")
    assert len(table(desk)[0]["changes"]) > 40_000


# The words that are kept


def test_the_words_of_an_edit_are_written_with_it(order: Order, alice: User) -> None:
    changes = {"title": make_change(old="a\n b", new="\u202eb")}
    edit = make_edit(order, alice, changes=changes)
    edit.refresh_from_db()
    assert (edit.labels, edit.told) == ("Title", "Title: a b → �b")
    (copy,) = Edit.objects.bulk_create(
        [Edit(order=order, account=order.account, author=alice, submit_token="t", changes=changes, base_revision=1,
              base_digest="d", created_at=timezone.now())]
    )  # fmt: skip
    copy.refresh_from_db()
    assert copy.told == edit.told
