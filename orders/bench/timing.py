"""Two figures of one run, taken alternately, and an eye on whether the machine did something else meanwhile."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from orders.bench.goals import GOALS

DRIFT = 1.20  # how much the control loop may change before a verdict is withheld
_LOOPS = 300_000


@dataclass(frozen=True)
class Figures:
    """What was measured, in `unit`: the figures of one pair stand at the same place of both lists."""

    ours: list[float]
    theirs: list[float]
    unit: str = "ms"

    def ratios(self, *, theirs_over_ours: bool) -> list[float]:
        """One ratio a pair."""
        pairs = zip(self.ours, self.theirs, strict=True)
        return [their / our if theirs_over_ours else our / their for our, their in pairs]


@dataclass
class Report:
    """The lines of one run. `write` takes each as it is known."""

    vendor: str
    write: Callable[[str], object]
    missed: list[str] = field(default_factory=list)
    _control: float = 0.0

    def begin(self) -> None:
        """Time the control loop before a measurement."""
        self._control = control()

    def tell(
        self, goal_name: str, figures: Figures, *, theirs_over_ours: bool = False, label: str = "", also: str = ""
    ) -> None:
        """Judge figures against a goal, in one line."""
        found = figures.ratios(theirs_over_ours=theirs_over_ours)
        self.judge(goal_name, found, f"{_both(figures, theirs_over_ours)} {figures.unit}", label=label, also=also)

    def judge(self, goal_name: str, ratios: list[float], figures: str, *, label: str = "", also: str = "") -> None:
        """Judge ratios against a goal, in one line."""
        goal, ratio = GOALS[goal_name], median(ratios)
        drift = control() / self._control
        noisy = max(drift, 1 / drift) > DRIFT
        kept = goal.is_kept(ratio, self.vendor)
        verdict = "noisy" if noisy else "ok" if kept else "MISSED"
        if not noisy and not kept:
            self.missed.append(goal_name)
        name = f"{goal.what} {label}".strip()
        spread = f"{number(min(ratios))}-{number(max(ratios))}, {len(ratios)} pairs"
        sign = "<=" if goal.at_most else ">="
        line = f"{goal.name} {name}  {figures}  ratio {number(ratio)} ({spread})"
        self.write(f"{line}  goal {sign}{goal.limit(self.vendor):g}  {verdict}" + (f"  [{also}]" if also else ""))


def alternate(
    ours: Callable[[], object], theirs: Callable[[], object], *, pairs: int = 30, warm: int = 3, times: int = 1
) -> Figures:
    """Milliseconds of both, taken in turn `pairs` times after `warm` rounds that do not count."""
    for _ in range(warm):
        ours()
        theirs()
    found = Figures([], [])
    for _ in range(pairs):
        found.ours.append(milliseconds(ours, times))
        found.theirs.append(milliseconds(theirs, times))
    return found


def milliseconds(action: Callable[[], object], times: int = 1) -> float:
    """How long one of `times` runs takes."""
    started = time.perf_counter()
    for _ in range(times):
        action()
    return (time.perf_counter() - started) * 1000 / times


def control() -> float:
    """Seconds that a fixed piece of work takes: the best of five, so that only a lasting change shows."""
    return min(milliseconds(_work) for _ in range(5))


def number(value: float) -> str:
    """A figure with as many digits as it deserves."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _both(figures: Figures, theirs_over_ours: bool) -> str:
    ours, theirs = number(median(figures.ours)), number(median(figures.theirs))
    return f"{theirs}/{ours}" if theirs_over_ours else f"{ours}/{theirs}"


def _work() -> None:
    total = 0
    for each in range(_LOOPS):
        total += each & 7
