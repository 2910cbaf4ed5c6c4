"""The forms of an edit: a vendor's fields as inputs, and what is asked beside them before it is sent.

Our own inputs begin with an underscore, so that they never meet a field of a vendor.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, cast

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict, ErrorList
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property

from orders.models import Edit, Order
from orders.presentation.document import Section, may_see, row_of, sections, sent_of
from orders.services import Draft, Seen, draft_changes
from orders.services.remembering import LastSent
from vendors import payloads
from vendors.characters import refuse_control_characters
from vendors.contract import Raw, Vendor
from vendors.fields import Field, Shown

OWN = "_"  # what the names of our own inputs begin with
NOT_A_FIELD = {"csrfmiddlewaretoken"}
PERSONAL = "You may not see personal data, so you cannot change it either."


class Box(forms.BoundField):
    """One of a vendor's fields in a form: what its template needs to know beyond Django's own."""

    form: "EditForm"

    @property
    def source(self) -> str:
        """The vendor's own name for it."""
        return self.name

    @property
    def reason(self) -> str:
        """Why it cannot be changed, "" where it can."""
        return self.form.locked.get(self.name, "")

    @property
    def sent(self) -> LastSent | None:
        """What was last sent from here, where the vendor never shows it."""
        return self.form.sent.get(self.name)

    @property
    def aria_describedby(self) -> str | None:
        described = [
            super().aria_describedby,
            f"{self.auto_id}_reason" if self.reason else "",
            f"{self.auto_id}_sent" if self.sent else "",
        ]
        return " ".join(filter(None, described)) or None

    @property
    def is_touched(self) -> bool:
        """Whether the input shows something else than the order says."""
        return self.name in self.form.shown and _words(self.value()) != _words(self.initial)

    @property
    def was(self) -> str:
        """What the order says, as a JSON list of words: for telling a touched input from an untouched one."""
        return payloads.dumps(_words(self.initial))

    def value(self) -> Any:
        shown = self.form.shown
        return shown[self.name] if self.name in shown and not self.field.disabled else self.initial


class EditForm(forms.Form):
    """The fields of one order as inputs, from the state of it that its author saw.

    `shown` holds, by field name, what stands in the inputs where it is not the order's own value: what was typed.
    Fields that cannot be changed are disabled and say why in `locked`.
    """

    template_name = "forms/form.html"
    use_required_attribute = False
    bound_field_class = Box

    def __init__(
        self, *, order: Order, person: User, raw: Raw, shown: Mapping[str, Any], errors: Mapping[str, Sequence[str]]
    ) -> None:
        super().__init__(auto_id="id_%s")
        self.order, self.person, self.raw, self.shown = order, person, raw, shown
        self.vendor: Vendor = order.account.adapter()
        self.entries: Sequence[Shown] = self.vendor.shown(raw)
        self.sent = sent_of(order, self.entries)
        self.locked = {name: reason for name in self.editable if (reason := self._reason(name))}
        for name, field in self.editable.items():
            self.fields[name] = field.form
            field.form.disabled = name in self.locked
            self.initial[name] = field.form.prepare_value(field.current(raw))
        self.unknown = {name: messages for name, messages in errors.items() if name not in self.fields}
        self._errors = ErrorDict(
            {name: self._listed(name, errors[name]) for name in errors if name in self.fields}, renderer=self.renderer
        )

    def __getitem__(self, name: str) -> Box:
        return cast(Box, super().__getitem__(name))

    @cached_property
    def editable(self) -> dict[str, Field]:
        """The entries that are fields and whose present value this person may see."""
        return {
            entry.name: entry
            for entry in self.entries
            if isinstance(entry, Field) and may_see(self.person, entry.personal)
        }

    @property
    def sections(self) -> list[Section]:
        """The page from top to bottom: inputs where there are any, else what the order says."""
        return sections(self.entries, self._box_or_row)

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """Every error as (id of its input or "", label, message), in the order of the page."""
        boxes = [self[name] for name in self.fields if name in self.errors]
        beside = [(box.auto_id, str(box.label), str(message)) for box in boxes for message in box.errors]
        return [*beside, *(("", name, message) for name in self.unknown for message in self.unknown[name])]

    def _box_or_row(self, entry: Shown) -> Any:
        if isinstance(entry, Field) and entry.name in self.fields:
            return self[entry.name]
        return row_of(entry, self.vendor, self.raw, self.person, self.sent)

    def _reason(self, name: str) -> str:
        """Today's rules, on today's order."""
        return self.vendor.reason_against(self.order.raw, name)

    def _listed(self, name: str, messages: Sequence[str]) -> ErrorList:
        return ErrorList(messages, renderer=self.renderer, field_id=f"id_{name}")


class Typed:
    """What arrived from the form of an edit: the vendor's names with their words, and our own inputs."""

    def __init__(self, post: QueryDict) -> None:
        self.post = post
        self.names = [name for name in post if not name.startswith(OWN) and name not in NOT_A_FIELD]

    def own(self, name: str) -> str:
        """One of our own inputs, "" where it did not arrive."""
        return str(self.post.get(f"{OWN}{name}", ""))

    def values(self, fields: Mapping[str, Field]) -> dict[str, Any]:
        """By field name what arrived for it, as its own widget reads it; names that are no field as they came."""
        values: dict[str, Any] = {}
        for name in self._names_of(fields):
            widget = fields[name].form.widget if name in fields else forms.TextInput()
            values[name] = widget.value_from_datadict(self.post, MultiValueDict(), name)
        return values

    def carried(self, fields: Mapping[str, Field], names: Iterable[str]) -> list[tuple[str, str]]:
        """The words that arrived for these fields, one pair for each: to be sent again by the next page."""
        wanted = set(names)
        return [
            (posted, word)
            for posted in self.names
            if _field_of(posted, fields) in wanted
            for word in self.post.getlist(posted)
        ]

    def _names_of(self, fields: Mapping[str, Field]) -> list[str]:
        return list(dict.fromkeys(_field_of(name, fields) for name in self.names))


def draft_typed(*, order: Order, person: User, typed: Typed, seen: Seen) -> Draft:
    """The draft of what was typed. A field whose value this person may not see is refused like a locked one."""
    vendor = order.account.adapter()
    fields = vendor.fields(seen.raw)
    values = typed.values(fields)
    hidden = [name for name in values if name in fields and not may_see(person, fields[name].personal)]
    draft = draft_changes(
        order=order, values={name: value for name, value in values.items() if name not in hidden}, seen=seen
    )
    draft.errors |= {name: [PERSONAL] for name in hidden}
    return draft


def values_of(*, edit: Edit, person: User, only: Sequence[str] | None = None) -> dict[str, Any]:
    """What an earlier edit wanted, by field name, as inputs of today's order show it; only those fields, if given."""
    fields = edit.account.adapter().fields(edit.order.raw)
    wanted = {
        name: value
        for name, value in edit.wanted.items()
        if name in fields and may_see(person, fields[name].personal) and (only is None or name in only)
    }
    return {name: fields[name].form.prepare_value(_read(fields[name], value)) for name, value in wanted.items()}


class ReviewForm(forms.Form):
    """What is asked beside the changes before they are sent. Its names carry the underscore of our own inputs."""

    reason = forms.CharField(max_length=500, validators=[refuse_control_characters])
    ticket = forms.CharField(max_length=100, required=False, validators=[refuse_control_characters])

    ASKS: ClassVar[dict[str, str]] = {"required": "Say why: this account asks for a reason with every edit."}

    def __init__(self, *, order: Order, **kwargs: Any) -> None:
        super().__init__(auto_id="id_%s", **kwargs)
        required = order.account.requires_reason
        self.fields["reason"].required = required
        self.fields["reason"].label = "Why" if required else "Why (optional)"
        self.fields["reason"].error_messages |= self.ASKS
        self.fields["ticket"].label = "Ticket (optional)"

    def add_prefix(self, field_name: str) -> str:
        return f"{OWN}{field_name}"


def _field_of(posted: str, fields: Mapping[str, Field]) -> str:
    """The field that an input belongs to: its own name, or for one of several boxes the name before the last `_`."""
    whole = posted.rpartition("_")[0]
    composed = whole in fields and isinstance(fields[whole].form.widget, forms.MultiWidget)
    return whole if posted not in fields and composed else posted


def _read(field: Field, value: Any) -> Any:
    try:
        return field.form.to_python(value)
    except ValidationError:
        return value


def _words(value: Any) -> list[str]:
    """What an input shows, in a form in which equal means untouched."""
    if isinstance(value, list | tuple):
        return sorted(str(each) for each in value if each not in ("", None))
    text = "" if value is None else str(value).replace("\r\n", "\n").replace("\r", "\n")
    return [text] if text else []
