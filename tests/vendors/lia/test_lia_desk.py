"""Edits of Lia's orders from the desk to the simulator and back, over real HTTP, under every setting of a switch."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from orders.demo import set_up_account
from orders.models import Edit, Order
from orders.services import draft_changes, look_again, settle_edit, submit_edit, sync_account
from orders.services.drafting import present
from orders.states import State
from tests.vendors.lia.worlds import find_order, set_option
from vendors import secrets
from vendors.lia.sandbox import LiaSimulator
from vendors.lia.sandbox.identity import DENIED, FAILED, IRREGULAR
from vendors.lia.sandbox.switches import SWITCHES
from vendors.lia.sandbox.things import SKIPS_ANALYSES
from vendors.lia.sandbox.world import order_id
from vendors.models import VendorAccount
from vendors.sandbox.messages import Request, Response
from vendors.sandbox.server import Server

pytestmark = pytest.mark.django_db

OPEN, CHARGED, CANCELED, COMPANY, NOWHERE, ODD = (order_id(number) for number in (1, 3, 5, 6, 7, 8))
PHONE = "+5511900007777"


def accept(order: Order, author: User, values: Mapping[str, Any]) -> Edit:
    draft = draft_changes(order=order, values=values, seen=present(order))
    assert draft.errors == {}
    (edit,) = submit_edit(order=order, author=author, draft=draft, submit_token=uuid.uuid4().hex, agreed=True)
    return edit


def edit(order: Order, author: User, values: Mapping[str, Any]) -> Edit:
    return settle_edit(edit=accept(order, author, values))


def puts(simulator: LiaSimulator) -> list[Any]:
    return [entry for entry in simulator.journal.entries if entry.method == "PUT"]


# What an edit does


def test_one_field(lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User) -> None:
    done = edit(find_order(lia_mirrored, OPEN), alice, {"phone": "(11) 90000-7777", "email": "cliente1@example.com"})

    (sent,) = puts(lia_simulator)
    assert json.loads(sent.body) == {"phone": PHONE}
    assert (done.state, done.aftermath) == (State.APPLIED, "")
    assert done.landed == {"phone": {"landed": "yes", "now": PHONE}}
    assert lia_simulator.order(OPEN)["phone"]["address"] == PHONE.removeprefix("+")


def test_several_fields(lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User) -> None:
    values = {"customer_name": "Elis Ventania", "customer_birthdate": "02/03/1991", "email": "elis@example.com"}

    done = edit(find_order(lia_mirrored, OPEN), alice, values)

    assert done.state == State.APPLIED
    assert lia_simulator.order(OPEN)["customer_birthdate"] == "1991-03-02"
    assert [each["kind"] for each in lia_simulator.order(OPEN)["analyses"]].count("identity") == 2


def test_a_group_goes_out_whole_from_the_fresh_order(
    lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User
) -> None:
    waiting = accept(find_order(lia_mirrored, OPEN), alice, {"address.number": "77"})
    lia_simulator.edit(OPEN, **{"address.street": "Rua Que Mudou"})

    done = settle_edit(edit=waiting)

    assert done.state == State.APPLIED
    assert json.loads(puts(lia_simulator)[0].body)["address"]["street"] == "Rua Que Mudou"
    assert lia_simulator.order(OPEN)["address"]["number"] == "77"


def test_an_address_can_be_given_to_an_order_that_has_none(
    lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User
) -> None:
    parts = {
        "zipcode": "60420-530",
        "street": "Rua Fictícia",
        "number": "1",
        "neighborhood": "Centro",
        "city_ibge_code": "2304400",
        "state": "CE",
    }

    done = edit(find_order(lia_mirrored, NOWHERE), alice, {f"address.{name}": value for name, value in parts.items()})

    assert done.state == State.APPLIED
    assert lia_simulator.order(NOWHERE)["address"]["city"]["name"] == "Fortaleza"


def test_a_company_may_have_another_cnpj(lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User) -> None:
    done = edit(find_order(lia_mirrored, COMPANY), alice, {"customer_document": "11.444.777/0001-61"})

    assert done.state == State.APPLIED
    assert lia_simulator.order(COMPANY)["customer_document"] == "11444777000161"


def test_an_id_that_is_no_uuid_is_an_id(lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User) -> None:
    """Trap: example ids are often not valid UUIDs."""
    assert edit(find_order(lia_mirrored, ODD), alice, {"phone": PHONE}).state == State.APPLIED
    assert puts(lia_simulator)[0].path == "/external_api/v1/orders/12345"


def test_a_complete_body_is_what_the_table_requires(
    lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User
) -> None:
    """Trap: "required" cannot be trusted, and full or partial body is a real dilemma."""
    lia_simulator.set(required="table")
    order = find_order(lia_mirrored, OPEN)
    assert edit(order, alice, {"phone": PHONE}).state == State.REFUSED

    set_option(lia_mirrored, complete_body=True, signature="operator")
    order = find_order(lia_mirrored, OPEN)
    assert edit(order, alice, {"phone": PHONE}).state == State.APPLIED
    assert set(json.loads(puts(lia_simulator)[-1].body)) == {
        "customer_name",
        "customer_birthdate",
        "customer_document",
        "email",
        "phone",
        "address",
        "signature",
    }


def test_unchanged_values_in_a_complete_body_set_nothing_off(
    lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User
) -> None:
    """Trap: diffing needs normalisation, or unchanged fields look changed at the vendor too."""
    lia_simulator.set(required="example", trigger="identity")
    lia_simulator.edit(OPEN, customer_document=DENIED, **{"address.complement": None})
    set_option(lia_mirrored, complete_body=True)
    before = lia_simulator.order(OPEN)

    done = edit(look_again(order=find_order(lia_mirrored, OPEN)), alice, {"phone": PHONE})

    assert (done.state, done.aftermath) == (State.APPLIED, "")
    after = lia_simulator.order(OPEN)
    changed = {key for key in after if after[key] != before[key]}
    assert changed <= {"phone", "email", "address", "updated_at"}
    assert after["email"]["id"] == before["email"]["id"]
    assert {**after["address"], "complement": None} == before["address"]


# What becomes of it


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (DENIED, "analysis_denied — Dado inconsistente) after its newest analysis of identity: denied (invalid_data)"),
        (IRREGULAR, "analysis_denied — CPF irregular) after its newest analysis of identity: denied (irregular_cpf)"),
        (FAILED, "analysis_failed — Não foi possível analisar o CPF) after its newest analysis of identity: failed"),
    ],
)
def test_a_success_that_canceled_the_order_is_told_loudly(
    lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User, document: str, words: str
) -> None:
    """Trap: success answer, dead order; the new values are kept all the same."""
    done = edit(find_order(lia_mirrored, OPEN), alice, {"customer_document": document})

    assert done.state == State.APPLIED
    assert done.answer["said"] == "yes"
    assert words in done.aftermath
    order = find_order(lia_mirrored, OPEN)
    assert (order.status, order.raw["customer_document"]) == ("canceled", document)


def test_the_documented_denial_is_one(lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User) -> None:
    values = {"customer_name": "John Armless Two", "customer_document": "43849589862"}
    assert "invalid_data" in edit(find_order(lia_mirrored, OPEN), alice, values).aftermath


def test_the_document_that_skips_analyses_leaves_no_trace(
    lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User
) -> None:
    before = len(lia_simulator.order(OPEN)["analyses"])
    done = edit(find_order(lia_mirrored, OPEN), alice, {"customer_document": SKIPS_ANALYSES})
    assert (done.state, done.aftermath) == (State.APPLIED, "")
    assert len(lia_simulator.order(OPEN)["analyses"]) == before


def test_a_lost_answer_to_a_denied_update_is_found_out_by_looking(
    lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User
) -> None:
    """Trap: a timed-out PUT may have succeeded or canceled the order: read back, never again."""
    lia_simulator.fail("drop:after", intent="write")

    done = edit(find_order(lia_mirrored, OPEN), alice, {"customer_document": DENIED})

    assert done.state == State.APPLIED
    assert State.UNKNOWN in [step.state for step in done.steps.all()]
    assert "canceled the order for good" in done.aftermath
    assert len(puts(lia_simulator)) == 1


@pytest.mark.parametrize("fault", ["drop", "503", "html", "307", "null"])
def test_a_lost_update_is_not_applied_and_never_sent_again(
    lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User, fault: str
) -> None:
    lia_simulator.fail(fault, intent="write")
    done = edit(find_order(lia_mirrored, OPEN), alice, {"phone": PHONE})
    assert done.state == State.NOT_APPLIED
    assert len(puts(lia_simulator)) == 1


@pytest.mark.parametrize("errors", SWITCHES["errors"].settings)
def test_a_refusal_is_told_in_any_form(
    lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User, errors: str
) -> None:
    lia_simulator.set(cnpj="reject", errors=errors)
    done = edit(find_order(lia_mirrored, COMPANY), alice, {"customer_document": "11.444.777/0001-61"})
    assert done.state == State.REFUSED
    assert done.landed["customer_document"]["landed"] == "no"
    assert ("não é válido" in done.explanation) is (errors not in {"empty", "html"})


def test_an_answer_that_takes_its_time_is_waited_for(
    lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User
) -> None:
    lia_simulator.set(analysis_ms=700)
    done = edit(find_order(lia_mirrored, OPEN), alice, {"customer_name": "Bento Sabiá"})
    assert done.state == State.APPLIED
    assert State.UNKNOWN not in [step.state for step in done.steps.all()]


class Blind(LiaSimulator):
    """A Lia that shows no order any more once one was updated."""

    def handle(self, request: Request) -> Response:
        if request.method == "PUT":
            self.set(read_one="absent")
        return super().handle(request)


def test_where_an_order_cannot_be_read_back_nothing_is_made_of_the_answer_but_a_warning(
    lia_mirrored: VendorAccount, alice: User
) -> None:
    """Reading one order is documented nowhere; what an update answers is."""
    simulator = Blind(seed=3, size=12)
    simulator.set(required="partial", analysis_ms=0)
    with Server([simulator]) as server:
        VendorAccount.objects.update(base_url=simulator.url)
        done = edit(find_order(lia_mirrored, OPEN), alice, {"customer_document": DENIED})
        assert server.errors == []
    assert done.state == State.UNKNOWN
    assert "nobody can see what became of the edit" in done.explanation
    assert "canceled the order for good" in done.explanation


def test_an_answer_is_not_believed_where_the_order_is_missing_for_a_moment(
    lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User
) -> None:
    """The answer shows a change that was not kept, and the first look finds no order."""
    lia_simulator.fail("lie", intent="write")
    waiting = accept(find_order(lia_mirrored, OPEN), alice, {"customer_name": "Elis Outra"})

    def order_is_missing(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('INSERT INTO "orders_step"') and State.LOOKING in params:
            lia_simulator.fail("404", intent="read")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(order_is_missing):
        done = settle_edit(edit=waiting)

    assert lia_simulator.order(OPEN)["customer_name"] != "Elis Outra"
    assert done.state == State.NOT_APPLIED


def test_where_an_order_could_be_read_back_the_answer_is_not_believed(
    lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User
) -> None:
    """The answer shows all of the change, half of it was kept, and the look that would tell fails once."""
    lia_simulator.set(required="partial", analysis_ms=0)
    lia_simulator.fail("partly", intent="write")
    waiting = accept(find_order(lia_mirrored, OPEN), alice, {"address.street": "Rua da Metade", "address.number": "12"})

    def look_fails(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('INSERT INTO "orders_step"') and State.LOOKING in params:
            lia_simulator.fail("401", intent="read")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look_fails):
        done = settle_edit(edit=waiting)

    now = lia_simulator.order(OPEN)["address"]
    assert {name: each["landed"] for name, each in done.landed.items()} == {
        "address.street": "yes" if now["street"] == "Rua da Metade" else "no",
        "address.number": "yes" if now["number"] == "12" else "no",
    }
    assert "Applied in part" in done.explanation


# Rules and races


def test_a_rule_blocks(lia_simulator: LiaSimulator, lia_mirrored: VendorAccount) -> None:
    for vendor_id in (CHARGED, CANCELED):
        order = find_order(lia_mirrored, vendor_id)
        draft = draft_changes(order=order, values={"customer_name": "Elis Ventania"}, seen=present(order))
        assert list(draft.errors) == ["customer_name"]
    assert puts(lia_simulator) == []


def test_an_order_that_was_charged_meanwhile_is_not_sent_to(
    lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User
) -> None:
    """Trap: the customer can charge the order in the checkout at any moment."""
    waiting = accept(find_order(lia_mirrored, OPEN), alice, {"customer_name": "Elis Ventania"})
    lia_simulator.act("charge", order=OPEN)
    done = settle_edit(edit=waiting)
    assert done.state == State.BLOCKED
    assert "billings" in done.explanation
    assert puts(lia_simulator) == []


class Racing(LiaSimulator):
    """A Lia whose customer charges the order between our look and our update."""

    def handle(self, request: Request) -> Response:
        if request.method == "PUT" and not self.orders[OPEN]["billings"]:
            self._charge_in_checkout(OPEN)
        return super().handle(request)


@pytest.mark.parametrize(
    ("locked", "state", "email_landed"),
    [
        ("reject_if_different", State.REFUSED, "no"),
        ("reject_if_present", State.REFUSED, "no"),
        ("ignore", State.APPLIED, "yes"),
    ],
)
def test_a_lock_that_falls_while_the_update_is_on_its_way_is_found_by_the_second_look(
    lia_mirrored: VendorAccount, alice: User, locked: str, state: State, email_landed: str
) -> None:
    """Trap: refusal after charging is invisible in the docs; it may be a no or silent ignoring."""
    simulator = Racing(seed=3, size=12)
    simulator.set(required="partial", analysis_ms=0, locked=locked)
    with Server([simulator]) as server:
        VendorAccount.objects.update(base_url=simulator.url)
        done = edit(
            find_order(lia_mirrored, OPEN), alice, {"customer_name": "Elis Ventania", "email": "elis@example.com"}
        )
        assert server.errors == []
    assert done.state == state
    assert done.landed["customer_name"]["landed"] == "no"
    assert done.landed["email"]["landed"] == email_landed


def test_an_order_that_is_gone_is_a_conflict(
    lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User
) -> None:
    waiting = accept(find_order(lia_mirrored, OPEN), alice, {"phone": PHONE})
    lia_simulator.replace(OPEN, None)
    assert settle_edit(edit=waiting).state == State.CONFLICT
    assert find_order(lia_mirrored, OPEN).gone_at is not None


def test_wrong_credentials_send_nothing(lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User) -> None:
    VendorAccount.objects.update(encrypted_credentials=secrets.encrypt({"token": "a-token-of-nobody"}))
    done = edit(find_order(lia_mirrored, OPEN), alice, {"phone": PHONE})
    assert done.state == State.NOT_SENT
    assert "a-token-of-nobody" not in json.dumps([done.explanation, done.answer])
    assert puts(lia_simulator) == []


# Whatever the documents leave open


@pytest.mark.parametrize("switch", [name for name in SWITCHES if name not in {"analysis_ms", "world", "second_charge"}])
def test_an_edit_tells_the_truth_under_every_setting(
    lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User, switch: str
) -> None:
    set_option(lia_mirrored, complete_body=True, signature="operator")
    for number, setting in enumerate(SWITCHES[switch].settings):
        lia_simulator.set(**{switch: setting})
        order = find_order(lia_mirrored, OPEN)
        wanted = f"5511900008{number:03}"
        done = edit(order, alice, {"phone": f"+{wanted}"})

        unreadable = (switch, setting) in {("read_one", "absent"), ("host", "lia")}
        assert (done.state == State.CONFLICT) is unreadable, setting
        assert (done.state == State.APPLIED) is (lia_simulator.order(OPEN)["phone"]["address"] == wanted), setting
        assert done.state in {State.APPLIED, State.CONFLICT}, setting
        lia_simulator.set(**{switch: SWITCHES[switch].default})
        look_again(order=order)


@pytest.mark.parametrize("wrapping", SWITCHES["list"].settings)
@pytest.mark.parametrize("paging", SWITCHES["paging"].settings)
def test_a_sync_ends_in_any_wrapping(
    lia_simulator: LiaSimulator, lia_account: VendorAccount, wrapping: str, paging: str
) -> None:
    lia_simulator.set(list=wrapping, paging=paging)
    run = sync_account(account=lia_account)
    if wrapping == "absent":
        assert "404" in run.error
    else:
        assert (run.seen, run.added, run.error) == (12, 12, "")


def test_an_account_that_may_not_list_syncs_nothing(lia_simulator: LiaSimulator, lia_account: VendorAccount) -> None:
    set_option(lia_account, list_orders=False)
    run = sync_account(account=lia_account)
    assert (run.seen, run.error) == (0, "")
    assert lia_simulator.journal.entries == []


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({"contacts": "strings"}, True),
        ({"newer_keys": "missing"}, True),
        ({"extra_keys": "some"}, True),
        ({"words": "unknown"}, True),
        ({"address": "null"}, False),
    ],
)
def test_another_shape_of_the_same_order_is_no_conflict(
    lia_simulator: LiaSimulator, lia_mirrored: VendorAccount, alice: User, settings: dict[str, str], kept: bool
) -> None:
    waiting = accept(find_order(lia_mirrored, OPEN), alice, {"address.number": "12"})
    lia_simulator.set(**settings)
    assert (settle_edit(edit=waiting).state == State.APPLIED) is kept


def test_the_account_of_the_demo_works_under_the_defaults_of_the_simulator(
    lia_simulator: LiaSimulator, db: None, alice: User
) -> None:
    lia_simulator.switch.clear()
    account = set_up_account(simulator=lia_simulator)
    assert account is not None
    assert sync_account(account=account).seen == 12
    assert edit(find_order(account, OPEN), alice, {"phone": PHONE}).state == State.APPLIED
