"""Brazil's own numbers: who somebody is (CPF, CNPJ) and where a city is (IBGE code, UF). ASCII digits only."""

import re

# The first two digits of a city's IBGE code are its state's (UF).
STATES = {
    "11": "RO", "12": "AC", "13": "AM", "14": "RR", "15": "PA", "16": "AP", "17": "TO",
    "21": "MA", "22": "PI", "23": "CE", "24": "RN", "25": "PB", "26": "PE", "27": "AL", "28": "SE", "29": "BA",
    "31": "MG", "32": "ES", "33": "RJ", "35": "SP",
    "41": "PR", "42": "SC", "43": "RS",
    "50": "MS", "51": "MT", "52": "GO", "53": "DF",
}  # fmt: skip

# Cities to which IBGE gave a code whose last digit is not the one that the rule yields.
ODD_CITIES = frozenset(
    {"2201919", "2201988", "2202251", "2611533", "3117836", "3152131", "4305871", "5203939", "5203962"}
)


def is_cpf(text: str) -> bool:
    """Whether these are the 11 digits of a person's number: both check digits right, not one digit repeated."""
    return _has_form(text, 11) and text[9:] == _check_digits(text[:9], longest=11)


def is_cnpj(text: str) -> bool:
    """Whether these are the 14 digits of a company's number: both check digits right, not one digit repeated."""
    return _has_form(text, 14) and text[12:] == _check_digits(text[:12], longest=9)


def is_city(text: str) -> bool:
    """Whether these are the 7 digits of a city's IBGE code: a state that exists and the right last digit."""
    if not re.fullmatch("[0-9]{7}", text) or text[:2] not in STATES:
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(text[:6]))
    total = sum(number // 10 + number % 10 for number in doubled)
    return text in ODD_CITIES or int(text[6]) == -total % 10


def _has_form(text: str, length: int) -> bool:
    return re.fullmatch(f"[0-9]{{{length}}}", text) is not None and len(set(text)) > 1


def _check_digits(text: str, *, longest: int) -> str:
    """Two digits, each from all digits before it, weighted 2, 3, 4 … from the right, starting again after `longest`."""
    for _ in range(2):
        weighted = (int(digit) * (2 + place % (longest - 1)) for place, digit in enumerate(reversed(text)))
        rest = sum(weighted) % 11
        text += "0" if rest < 2 else str(11 - rest)
    return text[-2:]
