"""What an agent should know before changing a Liner order."""

from vendors.fields import Raw
from vendors.rules import Caution, Rule


def changing_how_calls_are_made_reaches_people_at_once(raw: Raw) -> Caution:
    """Switches, hours, numbers and agents take effect on a campaign that is under way (Liner: order update page)."""
    return Caution(
        "This starts, stops or redirects real calls to people as soon as Liner has it.",
        (
            "autoDialingEnabled",
            "predictiveModeEnabled",
            "aiModeEnabled",
            "standaloneAiModeEnabled",
            "callSchedule",
            "callHolidayOverrides",
            "ignoreLeadTimezone",
            "callCenterPhone",
            "additionalCallCenterPhones",
            "sipEndpointIds",
            "agentUserIds",
            "agentGroupIds",
            "callAttemptsGroupId",
            "callScenarioId",
        ),
    )


def leads_may_be_fed_by_code(raw: Raw) -> Caution:
    """A lead names its order by id or by code (Liner: lead pages)."""
    return Caution(
        "Leads can be sent to this order by its code. Whoever feeds it under the present code has to change too.",
        ("code",),
    )


RULES: tuple[Rule, ...] = (
    changing_how_calls_are_made_reaches_people_at_once,
    leads_may_be_fed_by_code,
)
