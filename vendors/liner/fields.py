"""Liner's order page, from top to bottom (Liner: order list and order update pages)."""

from typing import Any

from vendors.controls import Dates, Intervals, LongText, Number, OneOf, Phone, Phones, Several, Text, YesNo
from vendors.fields import Field, Shown

RECORD = "Record"
KEEPS = {"required": "Liner does not say what clearing this does, so it cannot be left empty."}

STATUSES = ("success", "secondary", "info")  # no meaning is documented: shown as they are
LANGUAGES = {"ru": "Russian", "gb": "English"}
RECORDING = {
    "client_is_connected": "once the client is connected",
    "agent_is_connected": "once the agent is connected",
}
NUMBER_USE = {
    "random_default": "random",
    "random_without_repetition": "random, without repetition",
    "even_loaded": "evenly loaded",
    "even_loaded_daily": "evenly loaded each day",
}


def null_if_empty(value: Any) -> Any:
    """A cleared number is null on the wire: an empty string would be no number (Liner: request schema page)."""
    return None if value in (None, "") else value


def _text(name: str, label: str, section: str, **more: Any) -> Field:
    return Field(name=name, read=name, label=label, section=section, form=Text(), **more)


def _fixed_text(name: str, label: str, section: str, **more: Any) -> Field:
    form = Text(clearable=False, error_messages=KEEPS)
    return Field(name=name, read=name, label=label, section=section, form=form, **more)


def _long_text(name: str, label: str, section: str, *, rows: int, **more: Any) -> Field:
    return Field(name=name, read=name, label=label, section=section, form=LongText(rows=rows), **more)


def _yes_no(name: str, label: str, section: str, **more: Any) -> Field:
    return Field(name=name, read=name, label=label, section=section, form=YesNo(error_messages=KEEPS), **more)


def _one_of(name: str, label: str, section: str, words: dict[str, str], **more: Any) -> Field:
    choices = [(word, f"{word} — {meaning}" if meaning else word) for word, meaning in words.items()]
    return Field(name=name, read=name, label=label, section=section, form=OneOf(choices, error_messages=KEEPS), **more)


def _number(name: str, label: str, section: str, *, min_value: int | None, **more: Any) -> Field:
    form = Number(min_value=min_value)
    return Field(
        name=name,
        read=name,
        label=label,
        section=section,
        form=form,
        dump=null_if_empty,
        shown_when_cleared=(0,),
        **more,
    )


def _several(name: str, label: str, section: str, pick_list: str, **more: Any) -> Field:
    form = Several(coerce=int)
    return Field(name=name, read=name, label=label, section=section, form=form, list=pick_list, **more)


PAGE = (
    Shown(label="ID", read="id"),
    _text("serviceTitle", "Internal name", "Order"),
    _fixed_text("title", "Title", "Order"),
    _fixed_text("code", "Code", "Order"),
    _one_of("status", "Status", "Order", dict.fromkeys(STATUSES, "")),
    _number("leadsPriority", "Priority of leads", "Order", min_value=None),
    _yes_no("autoDialingEnabled", "Calling allowed", "Calling"),
    _yes_no("predictiveModeEnabled", "Predictive calling", "Calling"),
    _yes_no("amdDetectionEnabled", "Answering machine detection", "Calling"),
    _one_of("callRecordRule", "Recording starts", "Calling", RECORDING),
    Field(
        name="callAttemptsGroupId",
        read="callAttemptsGroupId",
        label="Call attempts",
        section="Calling",
        list="call_attempt_groups",
        form=OneOf(coerce=int, clearable=True),
        dump=null_if_empty,
        shown_when_cleared=(0,),
    ),
    _number(
        "callScenarioId",
        "Call scenario",
        "Calling",
        min_value=1,
        help="The scenario's number. Liner offers no list of them: take it from an order that uses the scenario.",
    ),
    _yes_no("speechRecognitionEnabled", "Speech recognition", "Calling"),
    _yes_no("aiModeEnabled", "AI calling", "AI"),
    _yes_no("standaloneAiModeEnabled", "AI calls with no agent online", "AI"),
    _one_of("aiDefaultLanguage", "Language", "AI", LANGUAGES),
    _long_text("aiModeFirstPhrase", "First phrase", "AI", rows=3),
    _long_text("aiModePrompt", "Prompt", "AI", rows=12),
    Field(
        name="callSchedule",
        read="callSchedule",
        label="Working hours",
        section="Schedule",
        form=Intervals(),
        help="One interval a line, such as 09:00-18:00. Keep the order of the lines.",
    ),
    Field(
        name="callHolidayOverrides",
        read="callHolidayOverrides",
        label="Holidays",
        section="Schedule",
        form=Dates(),
        help="One date a line, such as 2026-01-31.",
    ),
    _yes_no("ignoreLeadTimezone", "Ignore the lead's time zone", "Schedule"),
    Field(
        name="callCenterPhone",
        read="callCenterPhone",
        label="Main phone",
        section="Phones and numbers",
        form=Phone(),
    ),
    Field(
        name="additionalCallCenterPhones",
        read="additionalCallCenterPhones",
        label="More phones",
        section="Phones and numbers",
        form=Phones(),
        help="One a line.",
    ),
    _several("sipEndpointIds", "Virtual numbers", "Phones and numbers", "numbers"),
    _one_of("sipEndpointUsageScheme", "Use of the numbers", "Phones and numbers", NUMBER_USE),
    _several("agentUserIds", "Agents", "Agents", "users"),
    _several("agentGroupIds", "Agent groups", "Agents", "agent_groups"),
    _yes_no("showLeadContactsToAgent", "Agents see the lead's contacts", "Leads"),
    _yes_no("leadTransformEnabled", "Agents may change the lead's type", "Leads"),
    _number("qualifiedLeadsPerDayLimit", "Qualified leads a day", "Leads", min_value=0),
    Shown(label="Created", read="createdAt", section=RECORD),
    Shown(label="Changed", read="updatedAt", section=RECORD, stamp=True),
)
