"""What every vendor owes to the rest of Amend, run over every vendor in the registry."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.vendors.browsing import retyped
from tests.vendors.samples import Sample, all_samples, samples_of
from vendors.contract import Vendor
from vendors.controls import EMPTY, Control, Several
from vendors.fields import Field
from vendors.payloads import dumps, loads
from vendors.registry import VENDORS
from vendors.rules import covers

SAMPLES = all_samples()
TYPED: Sequence[Any] = (
    "Свежий текст & <b>",
    "17",
    "2.5",
    "+79001112233",
    "2027-03-04",
    "2027-03-04T05:06:07Z",
    "06:30-07:30",
    "true",
    "false",
)

each_vendor = pytest.mark.parametrize("slug", VENDORS)
each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=str)

text = st.text(st.characters(), max_size=12)  # every character, lone surrogates and NUL included
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | text
    | st.sampled_from(["", "1", "true", "2026-02-30", "+7", " x ", "a\r\nb", "9" * 400, Decimal("1E+999999999")])
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3), max_leaves=6
)


# What is declared


@each_vendor
def test_a_vendor_declares_itself_completely(slug: str) -> None:
    vendor = VENDORS[slug]
    assert vendor.slug == slug
    assert vendor.label
    assert vendor.credentials
    for name, option in vendor.declared_options.items():
        assert option.clean(option.initial) == option.clean(option.clean(option.initial)), name


@each_vendor
def test_names_of_the_page_are_unique(slug: str) -> None:
    names = [entry.name for entry in VENDORS[slug].page if isinstance(entry, Field)]
    assert len(names) == len(set(names))


@each_vendor
def test_connecting_makes_no_call_and_shows_no_secret(slug: str) -> None:
    """No server listens there, and the client's own words give nothing away."""
    vendor = VENDORS[slug]()
    secrets = {name: f"canary-of-{name}" for name in vendor.credentials}
    http = vendor.connect(base_url="http://127.0.0.1:9", credentials=secrets)
    assert "canary" not in repr(http)


# Reading an order


@each_vendor
def test_everything_on_the_page_has_a_value_somewhere(slug: str) -> None:
    """A path that is spelled wrong would read nothing, from any order."""
    unread = {entry.label for entry in VENDORS[slug].page if entry.read is not None}
    for sample in samples_of(slug):
        unread -= {entry.label for entry in sample.vendor.shown(sample.raw) if entry.value(sample.raw) not in EMPTY}
    assert not unread


@each_sample
def test_everything_on_the_page_reads_in_words(sample: Sample) -> None:
    for entry in sample.vendor.shown(sample.raw):
        said = entry.text(entry.current(sample.raw))
        assert isinstance(said, str), entry.label
        assert said or entry.current(sample.raw) in EMPTY, entry.label
        assert entry.label
        assert entry.section


@each_sample
def test_names_of_an_order_are_unique(sample: Sample) -> None:
    names = [entry.name for entry in sample.vendor.shown(sample.raw) if isinstance(entry, Field)]
    assert len(names) == len(set(names))
    assert list(sample.vendor.fields(sample.raw)) == names


@each_sample
def test_the_summary_says_which_order_it_is(sample: Sample) -> None:
    summary = sample.vendor.summary(sample.raw)
    assert summary.vendor_id == sample.vendor.id_of(sample.raw) != ""
    assert summary.number
    assert all(isinstance(each, str) for each in (summary.title, summary.status, summary.note, *summary.search))
    if summary.created_at is not None:
        assert summary.created_at.tzinfo is not None
        assert datetime(2000, 1, 1, tzinfo=UTC) < summary.created_at < datetime.now(UTC) + timedelta(days=3650)


@each_vendor
def test_the_summary_is_complete(slug: str) -> None:
    """In at least one order: nothing that a list shows or searches is forgotten."""
    summaries = [sample.vendor.summary(sample.raw) for sample in samples_of(slug)]
    assert any(summary.title and summary.status and summary.created_at and summary.search for summary in summaries)
    assert len({summary.vendor_id for summary in summaries}) > 1


@each_vendor
@pytest.mark.parametrize("nothing", [{}, {"id": None}, {"id": []}, {"unexpected": 1}])
def test_what_is_no_order_has_no_summary(slug: str, nothing: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        VENDORS[slug]().summary(nothing)


# An untouched form


@each_sample
def test_an_untouched_form_changes_nothing(sample: Sample) -> None:
    """Each field rendered as HTML, posted back as a browser would, read and cleaned."""
    for name, field in sample.vendor.fields(sample.raw).items():
        _assert_untouched(name, field, field.current(sample.raw))


@each_sample
def test_a_field_that_may_not_be_cleared_and_is_empty_may_stay_so(sample: Sample) -> None:
    for name, field in sample.vendor.fields(sample.raw).items():
        if field.current(sample.raw) in EMPTY:
            assert field.same(field.form.clean(""), field.current(sample.raw)), name


# Changing an order


@each_vendor
def test_every_field_can_be_written(slug: str) -> None:
    """In at least one order; what is written reads back as itself."""
    unwritten = {entry.name for entry in VENDORS[slug].page if isinstance(entry, Field)}
    for sample in samples_of(slug):
        written = {name for name, _, _ in _changes(sample)}
        unwritten -= written
        open_ = {
            name for name in sample.vendor.fields(sample.raw) if not sample.vendor.reason_against(sample.raw, name)
        }
        assert written == open_, sample
    assert not unwritten


@each_sample
def test_a_new_value_survives_the_wire(sample: Sample) -> None:
    for name, field, value in _changes(sample):
        on_the_wire = loads(dumps(field.dump(value)))
        assert field.same(field.form.to_python(on_the_wire), value), name
        assert field.arrived(sample.raw, sample.raw, value) is not True, (name, "nothing was changed yet")


@each_sample
def test_what_is_optional_can_be_cleared_and_what_is_not_says_why_not(sample: Sample) -> None:
    for name, field in sample.vendor.fields(sample.raw).items():
        if field.current(sample.raw) in EMPTY or sample.vendor.reason_against(sample.raw, name):
            continue
        nothing: Any = [""] if isinstance(field.form, Several) else ""
        if field.form.required:
            with pytest.raises(ValidationError) as refused:
                field.form.clean(nothing)
            assert len(refused.value.messages[0]) > len("This field is required."), name
        else:
            cleared = field.form.clean(nothing)
            assert field.canonical(cleared) == field.canonical(None), name
            assert not field.same(cleared, field.current(sample.raw)), name
            assert field.dump(cleared) in EMPTY, name
            assert sample.vendor.request(sample.raw, {name: cleared}).body


@each_sample
def test_all_that_is_empty_is_the_same(sample: Sample) -> None:
    for name, field in sample.vendor.fields(sample.raw).items():
        assert field.same(None, ""), name
        assert field.same("", []), name


@each_sample
def test_a_request_holds_the_changed_field_and_no_other(sample: Sample) -> None:
    fields = sample.vendor.fields(sample.raw)
    bodies = {
        name: _leaves(sample.vendor.request(sample.raw, {name: value}).body) for name, _, value in _changes(sample)
    }
    for name, body in bodies.items():
        mates = {each for each, field in fields.items() if field.group and field.group == fields[name].group}
        for other in bodies.keys() - mates - {name}:
            # A vendor that would misread its absence is told what the order says already.
            assert other not in body or body[other] == fields[other].value(sample.raw), (name, other)
            assert body != bodies[other], (name, other)


@each_sample
def test_every_change_is_in_exactly_one_call(sample: Sample) -> None:
    changes = {name: value for name, _, value in _changes(sample)}
    if not changes:
        return
    parts = sample.vendor.split(changes)
    assert sorted(name for part in parts for name in part) == sorted(changes)
    for part in parts:
        request = sample.vendor.request(sample.raw, part)
        assert request.path.startswith("/")
        assert request.method.isupper()
        assert loads(dumps(dict(request.body))) == request.body


@each_sample
def test_building_a_request_leaves_the_document_alone(sample: Sample) -> None:
    before = copy.deepcopy(sample.raw)
    for name, _, value in _changes(sample):
        sample.vendor.request(sample.raw, {name: value})
    assert sample.raw == before


@each_sample
def test_nothing_became_of_an_order_that_did_not_change(sample: Sample) -> None:
    assert sample.vendor.aftermath(sample.raw, sample.raw) == ""


@each_vendor
def test_rules_speak_of_fields_that_exist(slug: str) -> None:
    """A rule about a misspelt name would guard nothing."""
    names = {name for sample in samples_of(slug) for name in sample.vendor.fields(sample.raw)}
    for sample in samples_of(slug):
        for rule in sample.vendor.rules:
            verdict = rule(sample.raw)
            for pattern in verdict.fields if verdict else ():
                assert any(covers([pattern], name) for name in names), (rule.__name__, pattern)


# Hostile documents


@each_vendor
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_hostile_document_harms_nobody(slug: str, data: st.DataObject) -> None:
    """Any value anywhere, any key missing: the order is shown, its form stays untouched, and its rules answer."""
    vendor, raw = data.draw(_mangled(slug))
    for entry in vendor.shown(raw):
        said = entry.text(entry.current(raw))
        said.encode("utf-8")
        assert "\0" not in said
    for name, field in vendor.fields(raw).items():
        assert isinstance(vendor.reason_against(raw, name), str)
        _assert_untouched(name, field, field.current(raw))
    assert isinstance(vendor.warnings_for(raw, vendor.fields(raw)), list)
    try:
        summary = vendor.summary(raw)
    except ValueError:
        return
    assert all(isinstance(each, str) for each in (summary.vendor_id, summary.number, summary.title, summary.status))
    assert summary.created_at is None or summary.created_at.tzinfo


@each_vendor
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_anything_typed_is_a_value_or_a_message(slug: str, data: st.DataObject) -> None:
    """No input, of any type, from a form or from the command line, ends in anything but a value or a message."""
    sample = data.draw(st.sampled_from(samples_of(slug)))
    fields = sample.vendor.fields(sample.raw)
    field = fields[data.draw(st.sampled_from(sorted(fields)))]
    value = data.draw(anything)
    try:
        cleaned = field.form.clean(value)
    except ValidationError as refused:
        cleaned = None
        said = refused.messages
    else:
        said = [field.text(cleaned)]
    assert said
    "".join(said).encode("utf-8")
    assert field.same(cleaned, cleaned)
    dumps(field.dump(cleaned)).encode("utf-8")


def _assert_untouched(name: str, field: Field, current: Any) -> None:
    posted = retyped(name, field.form, current)
    assert field.same(field.form.to_python(posted), current), (name, posted, current)
    assert field.same(field.form.clean(posted), current), (name, posted, current)


def _changes(sample: Sample) -> list[tuple[str, Field, Any]]:
    """A new value for every field of the order that no rule locks."""
    return [
        (name, field, value)
        for name, field in sample.vendor.fields(sample.raw).items()
        if not sample.vendor.reason_against(sample.raw, name)
        for value in [_other(field, field.current(sample.raw), sample.new.get(name))]
        if value is not None
    ]


def _other(field: Field, current: Any, given_: Any) -> Any:
    """A cleaned value other than the current one, from what could be typed or chosen; None where there is none."""
    for typed in [given_] if given_ is not None else _typable(field):
        try:
            cleaned = field.form.clean(typed)
        except ValidationError:
            continue
        if cleaned not in EMPTY and not field.same(cleaned, current):
            return cleaned
    return None


def _typable(field: Field) -> Iterator[Any]:
    choices = [str(value) for value, _ in getattr(field.form, "choices", ()) if value not in EMPTY]
    if isinstance(field.form, Several):
        yield choices[-2:]
        yield choices[:1]
    yield from choices
    yield from TYPED


def _leaves(body: Any, path: str = "") -> dict[str, Any]:
    if isinstance(body, Mapping) and body:
        return {
            leaf: value
            for key, inner in body.items()
            for leaf, value in _leaves(inner, f"{path}.{key}" if path else key).items()
        }
    return {path: body}


@st.composite
def _mangled(draw: st.DrawFn, slug: str) -> tuple[Vendor, dict[str, Any]]:
    """A sample with some of its values replaced by anything, some keys gone and some added; or any object at all."""
    sample = draw(st.sampled_from(samples_of(slug)))
    if draw(st.integers(0, 9)) == 0:
        return sample.vendor, draw(st.dictionaries(text, anything, max_size=4))
    raw: dict[str, Any] = copy.deepcopy(dict(sample.raw))
    for _ in range(draw(st.integers(1, 5))):
        place: Any = raw
        while isinstance(place, dict) and place:
            key = draw(st.sampled_from(sorted(place)))
            if not (isinstance(place[key], dict) and place[key] and draw(st.booleans())):
                break
            place = place[key]
        match draw(st.sampled_from(["replace", "replace", "replace", "remove", "add"])):
            case "replace":
                place[key] = draw(anything)
            case "remove":
                place.pop(key, None)
            case "add":
                place[draw(text | st.sampled_from(["7", "0", "999999999999999999999", "a.b"]))] = draw(anything)
    return sample.vendor, raw


def test_the_suite_knows_a_control_when_it_sees_one() -> None:
    """Every field of every vendor keeps present values, as only a control does."""
    for sample in SAMPLES:
        assert all(isinstance(field.form, Control) for field in sample.vendor.fields(sample.raw).values())
