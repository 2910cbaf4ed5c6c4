"""Taking and releasing Caliq's lock."""

import json
from typing import Any

import pytest
import responses

from tests.vendors.caliq import OPTIONS
from vendors.caliq.sandbox import CaliqSimulator
from vendors.caliq.vendor import Caliq
from vendors.errors import AccountRefused, Rejected, Unreachable, VendorError

URL = "https://caliq.invalid/api/v1/EventLock"


@pytest.fixture
def wired() -> Caliq:
    vendor = Caliq(options=dict(OPTIONS))
    vendor.http = vendor.connect(base_url="https://caliq.invalid", credentials={"api_key": "a-key-of-the-tests"})
    return vendor


def lock(ok: Any, id_: Any, message: Any) -> dict[str, Any]:
    return {"Lock": {"OK": ok, "LockID": id_, "Message": message}}


def bodies() -> list[dict[str, Any]]:
    return [json.loads(call.request.body or b"") for call in responses.calls]


@responses.activate
def test_taking_a_lock_names_no_lock(wired: Caliq) -> None:
    """The sample of the page shows both ids: copied, it would release instead of lock."""
    responses.post(URL, json=lock(True, 91, "LOCKED"))
    assert wired.take("7") == "91"
    assert bodies() == [{"EventID": 7, "apiKey": "a-key-of-the-tests"}]


@responses.activate
def test_inuse_is_a_refusal_although_it_comes_with_200(wired: Caliq) -> None:
    responses.post(URL, json=lock(False, None, "INUSE"))
    with pytest.raises(Rejected) as refusal:
        wired.take("7")
    assert "open in Caliq" in refusal.value.message
    assert refusal.value.answer is not None
    assert len(responses.calls) == 1


@responses.activate
def test_another_no_is_a_refusal_in_caliqs_words(wired: Caliq) -> None:
    responses.post(URL, json=lock(False, None, "NO SUCH EVENT"))
    with pytest.raises(Rejected, match="NO SUCH EVENT"):
        wired.take("7")


@responses.activate
@pytest.mark.parametrize(
    "answer",
    [
        lock(True, 0, "LOCKED"),
        lock(True, None, "LOCKED"),
        lock(True, "91", "LOCKED"),
        lock(True, True, "LOCKED"),
        lock(True, 91, "INUSE"),
        lock(True, 91, ""),
        lock("true", 91, "LOCKED"),
        lock(1, 91, "LOCKED"),
        lock(None, 91, "LOCKED"),
        {"Lock": None},
        {"Lock": []},
        {},
        [],
        None,
    ],
)
def test_only_ok_locked_and_an_id_is_a_lock(wired: Caliq, answer: Any) -> None:
    responses.post(URL, json=answer)
    with pytest.raises(Unreachable) as failure:
        wired.take("7")
    assert failure.value.sent


@responses.activate
def test_an_empty_answer_is_no_lock(wired: Caliq) -> None:
    responses.post(URL, status=204)
    with pytest.raises(Unreachable):
        wired.take("7")


@responses.activate
def test_a_wrong_key_is_no_refusal_of_the_order(wired: Caliq) -> None:
    responses.post(URL, status=401)
    with pytest.raises(AccountRefused):
        wired.take("7")


@responses.activate
def test_a_release_names_the_lock_alone(wired: Caliq) -> None:
    responses.post(URL, json=lock(True, None, ""))
    wired.release("7", "91")
    assert bodies() == [{"LockID": 91, "apiKey": "a-key-of-the-tests"}]


@responses.activate
def test_releasing_a_lock_that_is_gone_is_no_error(wired: Caliq) -> None:
    """Caliq says no to it, or so one has to assume: then the order can be locked, and is unlocked again."""
    responses.post(URL, json=lock(False, None, ""))
    responses.post(URL, json=lock(True, 92, "LOCKED"))
    responses.post(URL, json=lock(True, None, ""))
    wired.release("7", "91")
    assert [sorted(body.items()) for body in bodies()] == [
        [("LockID", 91), ("apiKey", "a-key-of-the-tests")],
        [("EventID", 7), ("apiKey", "a-key-of-the-tests")],
        [("LockID", 92), ("apiKey", "a-key-of-the-tests")],
    ]


@responses.activate
def test_a_release_that_failed_is_an_error(wired: Caliq) -> None:
    responses.post(URL, json=lock(False, None, ""))
    responses.post(URL, json=lock(False, None, "INUSE"))
    with pytest.raises(VendorError, match="did not release"):
        wired.release("7", "91")
    assert len(responses.calls) == 2


@responses.activate
@pytest.mark.parametrize("answer", [{"status": 503}, {"json": lock(False, None, "")}])
def test_a_lock_that_only_the_question_has_made_is_named(wired: Caliq, answer: dict[str, Any]) -> None:
    responses.post(URL, json=lock(False, None, ""))
    responses.post(URL, json=lock(True, 92, "LOCKED"))
    responses.post(URL, **answer)
    with pytest.raises(VendorError) as failure:
        wired.release("7", "91")
    assert failure.value.lock == "92"


@responses.activate
@pytest.mark.parametrize("answer", [{"json": {}}, {"status": 503}, {"body": "<html>"}, {"status": 204}])
def test_a_release_without_a_clear_answer_is_an_error(wired: Caliq, answer: dict[str, Any]) -> None:
    responses.post(URL, **answer)
    with pytest.raises(Unreachable):
        wired.release("7", "91")
    assert len(responses.calls) == 1


@pytest.mark.parametrize("message", ["empty", "null", "text"])
@pytest.mark.parametrize("again", ["refused", "accepted"])
@pytest.mark.parametrize("second", ["inuse", "same"])
def test_locks_are_given_back_whatever_caliq_says_about_it(
    caliq: Caliq, simulator: CaliqSimulator, message: str, again: str, second: str
) -> None:
    simulator.set(release_message=message, release_of_unknown=again, second_lock=second)
    hold = caliq.take("70001")
    caliq.release("70001", hold)
    caliq.release("70001", hold)
    assert simulator.lists()["locks"] == {}


def test_a_lock_of_somebody_else_is_left_alone(caliq: Caliq, simulator: CaliqSimulator) -> None:
    simulator.act("lock", order=70001)
    with pytest.raises(Rejected):
        caliq.take("70001")
    with pytest.raises(VendorError):
        caliq.release("70001", "1")
    assert simulator.lists()["locks"]["70001"]["by"] == "desktop"


@pytest.mark.parametrize("setting", ["200", "400"])
def test_an_event_that_does_not_exist_cannot_be_locked(caliq: Caliq, simulator: CaliqSimulator, setting: str) -> None:
    simulator.set(lock_of_unknown=setting)
    with pytest.raises(VendorError):
        caliq.take("99999")
