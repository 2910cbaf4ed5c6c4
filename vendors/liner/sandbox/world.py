"""An invented call centre: people, groups, numbers, custom fields, and orders that look like real campaigns.

The first orders are there for what they show, whatever the seed:

    1001  every switch on                        1006  a custom value of every type, and one of a field now gone
    1002  every switch off, every list empty     1007  archived
    1003  a very long prompt                     1008  owns virtual number 301
    1004  everything that can be cleared is      1009  uses number 301 although 1008 owns it
    1005  agents, groups and numbers that no list shows, and an odd schedule
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from vendors.liner.sandbox.fields import ENUMS, TYPES

Thing = dict[str, Any]

FIRST_ORDER = 1001
HIDDEN = 9001  # the id of a user, a group, a number and an attempts group that exist but are in no list
SCENARIOS = range(1, 13)  # Liner lists its call scenarios nowhere
_EPOCH = datetime(2025, 1, 9, 6, 0, tzinfo=UTC)

_WOMEN = ("Анна", "Мария", "Ольга", "Дарья", "Полина", "Вера", "Ирина", "Лидия", "Жанна", "Алиса")
_MEN = ("Иван", "Пётр", "Олег", "Глеб", "Роман", "Юрий", "Антон", "Денис", "Марк", "Лев")
_SURNAMES = ("Берёзкин", "Ласточкин", "Ромашкин", "Снегирёв", "Тополев", "Фонарёв", "Черникин", "Щеглов", "Якорев")
_CLIENTS = (
    ("Окна «Северный ветер»", "okna"),
    ("Клиника «Улыбка-Плюс»", "klinika"),
    ("Автошкола «Поворот»", "avtoshkola"),
    ("Банк «Первый шаг»", "bank"),
    ("Фитнес «Гантеля»", "fitnes"),
    ("Мебель «Дубок»", "mebel"),
    ("Курсы «Полиглот»", "kursy"),
    ("ЖК «Тихий берег»", "zhk"),
    ("Доставка «Самовар»", "dostavka"),
    ("Страхование «Зонт»", "strah"),
)
_CAMPAIGNS = (
    ("входящие заявки", "in"),
    ("обзвон базы", "out"),
    ("возврат клиентов", "back"),
    ("подтверждение записи", "conf"),
    ("опрос NPS", "nps"),
    ("акция «Чёрная пятница»", "bf"),
)
_CITIES = ("Москва", "Казань", "Пермь", "Тула", "Омск", "Тверь", "Уфа", "Псков")
_PHRASES = (
    "Здравствуйте! Вы оставляли заявку на сайте.",
    "Добрый день! Удобно говорить?",
    "Алло, это по поводу записи.",
)
_PROMPT = (
    "Ты — вежливый оператор. Представься, назови компанию и цель звонка.\n"
    "Если клиент занят, предложи перезвонить и уточни время.\n"
    "Не обещай скидок, которых нет в карточке заказа.\n"
)
_SCHEDULES: tuple[list[list[str]], ...] = (
    [["09:00", "18:00"]],
    [["10:00", "20:00"]] * 5 + [["11:00", "17:00"]] * 2,
    [["09:00", "13:00"], ["14:00", "18:00"]],
    [["00:00", "23:59"]],
)
_HOLIDAYS = ("2026-01-01", "2026-01-02", "2026-02-23", "2026-03-08", "2026-05-01", "2026-05-09", "2026-06-12")
_OPTIONS = (("site", "Сайт"), ("call", "Звонок"), ("partner", "Партнёр"), ("exhibition", "Выставка"))
_CUSTOM_FIELDS = (
    # Liner's own example is a string with options: the type decides, not the options (Liner: custom field page).
    (10, "Источник", "string", "orders", True),
    (11, "Номер договора", "int", "orders", False),
    (12, "Ставка за лид", "float", "orders", False),
    (13, "Дата запуска", "date", "orders", False),
    (14, "Первый звонок", "datetime", "orders", False),
    (15, "Оплачено", "bool", "orders", False),
    (16, "Канал", "select", "orders", True),
    (17, "Площадки", "multiselect", "orders", True),
    (18, "Комментарий менеджера", "string", "orders", False),
    (30, "UTM-метка", "string", "leads", False),
    (31, "Интерес", "select", "leads", True),
)
GONE_CUSTOM_FIELD = "99"


@dataclass
class World:
    """Everything that exists at this Liner, each kind by id in the order of its list."""

    orders: dict[str, Thing] = field(default_factory=dict)
    users: dict[int, Thing] = field(default_factory=dict)
    agent_groups: dict[int, Thing] = field(default_factory=dict)
    attempts: dict[int, Thing] = field(default_factory=dict)
    numbers: dict[int, Thing] = field(default_factory=dict)
    custom_fields: dict[int, Thing] = field(default_factory=dict)

    def custom_field(self, key: str) -> Thing | None:
        """The field that a key of customValues stands for, None where there is none."""
        return self.custom_fields.get(int(key)) if re.fullmatch(r"[1-9]\d{0,9}", key, re.ASCII) else None


def build_world(*, seed: int, size: int) -> World:
    """The same for the same seed and size. `size` is the number of orders."""
    random = Random(f"liner:{seed}")  # noqa: S311 - a world, not a secret
    world = World(
        users=_by_id(_user(random, number) for number in range(101, 165)),
        agent_groups=_by_id(_agent_group(random, number) for number in range(1, 10)),
        attempts=_by_id(_attempts(random, number) for number in range(1, 7)),
        numbers=_by_id(_number(random, number) for number in range(301, 321)),
        custom_fields=_by_id(_custom_field(*each) for each in _CUSTOM_FIELDS),
    )
    for index in range(size):
        order = _order(random, world, FIRST_ORDER + index)
        order |= _SPECIAL.get(order["id"], {})
        world.orders[str(order["id"])] = order
    return world


def moment(at: datetime) -> str:
    """A time as Liner writes it: UTC, whole seconds, Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _by_id(things: Any) -> dict[int, Thing]:
    return {thing["id"]: thing for thing in things}


def _user(random: Random, number: int) -> Thing:
    woman = random.random() < 0.5
    surname = random.choice(_SURNAMES) + ("а" if woman else "")
    joined = _EPOCH - timedelta(days=random.randrange(30, 900))
    seen = _EPOCH + timedelta(hours=random.randrange(1, 4000))
    # Every kind is there for every seed: mostly agents, a few of each other access group, some no longer active.
    access = (
        ("client", "arbitration", "moderator", "admin", "call-center-senior")[number % 5] if number % 4 == 0 else ""
    )
    return {
        "id": number,
        "name": random.choice(_WOMEN if woman else _MEN),
        "lastName": surname,
        "secondName": random.choice((None, "Олеговна" if woman else "Олегович")),
        "email": f"user{number}@example.com",
        "isActive": number % 7 != 0,
        "accessGroup": access or "call-center",
        "webRtcEnabled": random.random() < 0.7,
        "interfaceLanguageCode": random.choice(("ru", "ru", "gb")),
        "languageSkillCodes": random.choice((["ru"], ["ru", "gb"], [])),
        "autoAnswer": random.choice((0, 0, 3)),
        "phoneMode": "default",
        "avatarUrl": None,
        "telegramNotificationsEnabled": False,
        "telegramChatId": None,
        "telegramNotificationsType": None,
        "emailNotificationsEnabled": random.random() < 0.3,
        "emailNotificationsType": None,
        "lastLoginAt": moment(seen),
        "lastActivityAt": moment(seen + timedelta(minutes=17)),
        "createdAt": moment(joined),
    }


def _agent_group(random: Random, number: int) -> Thing:
    names: dict[str, str | None] = {"ru": f"Группа {number}: {random.choice(_CITIES)}", "gb": f"Group {number}"}
    if number == 3:
        del names["ru"]
    if number == 4:
        del names["gb"]
    if number == 5:
        names["gb"] = None
    made = moment(_EPOCH + timedelta(days=number))
    agents = sorted(random.sample(range(101, 165), 0 if number == 6 else random.randrange(2, 12)))
    return {"id": number, "names": names, "agentIds": agents, "createdAt": made, "updatedAt": made}


def _attempts(random: Random, number: int) -> Thing:
    intervals = [random.choice((5, 10, 30, 60, 180, 1440)) for _ in range(number)]
    return {
        "id": number,
        "title": f"{number} {'попытка' if number == 1 else 'попытки' if number < 5 else 'попыток'}",
        "intervals": intervals,
        "isDefault": number == 3,
        "resetAttemptsEnabled": number % 2 == 0,
    }


def _number(random: Random, number: int) -> Thing:
    kind = ("pstn", "pstn", "sip-reg", "sip-wo-reg")[number % 4]
    sip = {"server": "sip.example.com", "login": f"line{number}", "password": f"invented-sip-password-{number}"}
    return {
        "id": number,
        "title": f"Линия {number}",
        "orderId": 1008 if number == 301 else None,
        "connectionType": kind,
        "params": {"phone": _phone(random)} if kind == "pstn" else sip,
        "isDefault": number == 302,
        "outgoing": True,
        "incoming": random.random() < 0.6,
        "channels": random.randint(2, 10),
    }


def _custom_field(number: int, title: str, kind: str, essence: str, has_options: bool) -> Thing:
    options = [{"code": code, "sort": 10 * at, "title": name} for at, (code, name) in enumerate(_OPTIONS, start=1)]
    params = options if has_options else []
    return {"id": number, "title": title, "type": kind, "essence": essence, "params": params, "sort": 10 * number}


def _order(random: Random, world: World, number: int) -> Thing:
    client, client_code = random.choice(_CLIENTS)
    campaign, campaign_code = random.choice(_CAMPAIGNS)
    city = random.choice(_CITIES)
    made = _EPOCH + timedelta(minutes=random.randrange(400_000))
    free = [each["id"] for each in world.numbers.values() if each["orderId"] in {None, number}]
    switches = {name: random.random() < 0.5 for name, kind in TYPES.items() if kind == "bool"}
    choices = {name: random.choice(words) for name, words in ENUMS.items()}
    return {
        "id": number,
        "_archived": random.random() < 0.05,
        "code": f"{client_code}-{campaign_code}-{number}",
        "serviceTitle": f"{client_code.upper()} {city} {campaign_code} #{number}",
        "title": f"{client} | {campaign}, {city}",
        "callSchedule": [list(each) for each in random.choice(_SCHEDULES)],
        "callHolidayOverrides": sorted(random.sample(_HOLIDAYS, random.choice((0, 0, 2, 4)))),
        **switches,
        **choices,
        "aiModePrompt": _PROMPT if switches["aiModeEnabled"] else "",
        "aiModeFirstPhrase": random.choice(_PHRASES) if switches["aiModeEnabled"] else "",
        "callCenterPhone": _phone(random),
        "additionalCallCenterPhones": [_phone(random) for _ in range(random.choice((0, 0, 1, 2)))],
        "agentUserIds": _some(random, world.users, 6),
        "agentGroupIds": _some(random, world.agent_groups, 2),
        "callAttemptsGroupId": random.choice(list(world.attempts)),
        "qualifiedLeadsPerDayLimit": random.choice((0, 10, 50, 100, 500)),
        "callScenarioId": random.choice(SCENARIOS),
        "leadsPriority": random.choice((-1, 0, 0, 1, 5, 10)),
        "sipEndpointIds": sorted(random.sample(free, random.choice((0, 1, 1, 2, 3)))),
        "customValues": _custom_values(random, random.choice((0, 0, 2, 4))),
        "createdAt": moment(made),
        "updatedAt": moment(made + timedelta(minutes=random.randrange(200_000))),
    }


def _some(random: Random, things: Mapping[int, Thing], most: int) -> list[int]:
    return sorted(random.sample(list(things), random.randint(0, most)))


def _custom_values(random: Random, count: int) -> dict[str, Any]:
    values = {
        "10": random.choice(("Сайт", "Яндекс.Директ", "рекомендация", "0")),
        "11": random.randrange(1, 90_000),
        "12": random.choice((0.5, 150.0, 99.9, 1250.75)),
        "13": random.choice(_HOLIDAYS),
        "14": moment(_EPOCH + timedelta(hours=random.randrange(5000))),
        "15": random.random() < 0.5,
        "16": random.choice(_OPTIONS)[0],
        "17": [code for code, _ in _OPTIONS if random.random() < 0.5],
        "18": random.choice(("Ждём ТЗ.", "Клиент просил не звонить до 10:00", "")),
    }
    return {name: values[name] for name in sorted(random.sample(list(values), count))}


def _phone(random: Random) -> str:
    return f"+7900{random.randrange(10**7):07d}"


_SWITCHES = [name for name, kind in TYPES.items() if kind == "bool"]
_LISTS = [name for name, kind in TYPES.items() if kind.startswith("array")]
_CLEARABLE = [name for name, kind in TYPES.items() if kind in {"string", "int"} and name not in {"code", "title"}]
_SPECIAL: Mapping[int, Thing] = {
    1001: {"_archived": False, **dict.fromkeys(_SWITCHES, True)},
    1002: {
        "_archived": False,
        "customValues": {},
        **dict.fromkeys(_SWITCHES, False),
        **{name: list[Any]() for name in _LISTS},
    },
    1003: {
        "_archived": False,
        "aiModeEnabled": True,
        "aiModePrompt": _PROMPT * 60,
        "aiModeFirstPhrase": _PHRASES[0] * 8,
    },
    1004: {"_archived": False, **dict.fromkeys(_CLEARABLE)},
    1005: {
        "_archived": False,
        "agentUserIds": [HIDDEN, 102],
        "agentGroupIds": [HIDDEN],
        "sipEndpointIds": [HIDDEN],
        "callAttemptsGroupId": HIDDEN,
        "callSchedule": [["22:00", "06:00"], ["09:00", "13:00"], ["14:00", "18:00"]],
    },
    1006: {
        "_archived": False,
        "customValues": {
            "10": "Яндекс.Директ",
            "11": 20417,
            "12": 1250.75,
            "13": "2025-02-03",
            "14": "2025-02-03T07:30:00Z",
            "15": True,
            "16": "partner",
            "17": ["site", "call"],
            "18": "Клиент просил не звонить до 10:00",
            GONE_CUSTOM_FIELD: "старое значение",
        },
    },
    1007: {"_archived": True},
    1008: {"_archived": False, "sipEndpointIds": [301, 302]},
    1009: {"_archived": False, "sipEndpointIds": [301]},
}
