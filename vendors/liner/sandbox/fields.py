"""The 30 writable fields of an order, their types and words (Liner: order update page)."""

ENUMS: dict[str, tuple[str, ...]] = {
    "aiDefaultLanguage": ("ru", "gb"),
    "callRecordRule": ("client_is_connected", "agent_is_connected"),
    "sipEndpointUsageScheme": ("random_default", "random_without_repetition", "even_loaded", "even_loaded_daily"),
    "status": ("success", "secondary", "info"),
}
TYPES: dict[str, str] = {
    "code": "string",
    "serviceTitle": "string",
    "title": "string",
    "callSchedule": "array of intervals",
    "callHolidayOverrides": "array of dates",
    "autoDialingEnabled": "bool",
    "predictiveModeEnabled": "bool",
    "aiModeEnabled": "bool",
    "standaloneAiModeEnabled": "bool",
    "aiModePrompt": "string",
    "aiModeFirstPhrase": "string",
    "aiDefaultLanguage": "enum",
    "amdDetectionEnabled": "bool",
    "callRecordRule": "enum",
    "callCenterPhone": "string",
    "additionalCallCenterPhones": "array of strings",
    "sipEndpointUsageScheme": "enum",
    "agentUserIds": "array of ids",
    "agentGroupIds": "array of ids",
    "showLeadContactsToAgent": "bool",
    "callAttemptsGroupId": "int",
    "qualifiedLeadsPerDayLimit": "int",
    "callScenarioId": "int",
    "leadTransformEnabled": "bool",
    "leadsPriority": "int",
    "status": "enum",
    "speechRecognitionEnabled": "bool",
    "ignoreLeadTimezone": "bool",
    "sipEndpointIds": "array of ids",
    "customValues": "object",
}
KEYS = ("id", *TYPES, "createdAt", "updatedAt")  # of an order in the v2 list, in its order there
READ_ONLY = ("id", "createdAt", "updatedAt")
NEVER_BLANK = {*ENUMS, "code", "title", *(name for name, kind in TYPES.items() if kind == "bool")}
ZERO = {"string": "", "enum": "", "int": 0, "bool": False, "object": {}}


def zero_of(name: str) -> object:
    """The empty value of a field's own type."""
    return ZERO.get(TYPES[name], [])
