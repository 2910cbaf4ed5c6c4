"""What a vendor's documents leave open, as switches: a test can ask how the desk behaves under every setting."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Switch:
    """One open question. `settings` are the possible answers, the default first.

    A `number` takes any whole number from 0 on instead, and `settings` holds only its default.
    """

    settings: tuple[str, ...]
    about: str
    number: bool = False

    @property
    def default(self) -> str:
        return self.settings[0]

    def allows(self, setting: str) -> bool:
        return setting.isascii() and setting.isdecimal() if self.number else setting in self.settings


class Switches:
    """The switches of one simulator as they are set now."""

    def __init__(self, declared: Mapping[str, Switch]) -> None:
        self.declared = declared
        self._set: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        return self._set.get(name, self.declared[name].default)

    def number(self, name: str) -> int:
        """The setting of a switch that takes a number."""
        return int(self[name])

    def set(self, settings: Mapping[str, str | int]) -> None:
        """Set some switches. Raises ValueError, and sets none, where a name or a setting is not known."""
        for name, setting in settings.items():
            if name not in self.declared:
                raise ValueError(f"There is no switch {name!r}; there are {', '.join(self.declared)}.")
            if not self.declared[name].allows(str(setting)):
                allowed = "a whole number" if self.declared[name].number else ", ".join(self.declared[name].settings)
                raise ValueError(f"{name} cannot be {str(setting)!r}; it takes {allowed}.")
        self._set |= {name: str(setting) for name, setting in settings.items()}

    def clear(self) -> None:
        """Every switch back to its default."""
        self._set.clear()

    def as_table(self) -> dict[str, dict[str, object]]:
        """Every switch with its setting, what it allows and what it is about; JSON."""
        return {
            name: {"now": self[name], "settings": list(each.settings), "number": each.number, "about": each.about}
            for name, each in self.declared.items()
        }
