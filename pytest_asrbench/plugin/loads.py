"""--asr-scenario, --asr-rate and what belongs to them: in which scenarios each set is measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from math import isfinite

from pytest_asrbench.corpus.corpus import Corpus
from pytest_asrbench.engine.load import REQUESTS, SEED, Load
from pytest_asrbench.errors import UsageError
from pytest_asrbench.gates.figures import WHOLE
from pytest_asrbench.gates.limits import Limit
from pytest_asrbench.gates.load_figures import Latency
from pytest_asrbench.metrics.latencies import least
from pytest_asrbench.records import SCENARIO, SERVER
from pytest_asrbench.support.checks import hint
from pytest_asrbench.tasks.task import Task

MOST_CLIENTS = 1_000


def loads(
    scenarios: Sequence[str], rates: Sequence[str], clients: Sequence[str], requests: int | None, seed: int | None
) -> tuple[Load | None, ...]:
    """The loads that are asked for, None for single clips; raises UsageError."""
    for name in scenarios:
        if name not in (SCENARIO, SERVER):
            raise UsageError(f"--asr-scenario={name}: there is no such scenario; {hint(name, (SCENARIO, SERVER))}")
    given = {"--asr-rate": rates, "--asr-concurrency": clients, "--asr-requests": requests, "--asr-seed": seed}
    if SERVER not in scenarios:
        for option in (option for option, value in given.items() if value not in (None, [], ())):
            raise UsageError(
                f"{option} is of the scenario {SERVER}: give --asr-scenario={SERVER}, too, or leave it out"
            )
        return (None,)
    if bool(rates) == bool(clients):
        both = "both were given" if rates else "neither was given"
        raise UsageError(
            f"--asr-scenario={SERVER} takes either --asr-rate=2,4, requests a second, or --asr-concurrency=1,4, "
            f"clients that wait for their answers: {both}"
        )
    number, drawn = requests or REQUESTS, SEED if seed is None else seed
    made = [Load(rate=_rate(text), requests=number, seed=drawn) for text in rates]
    made += [Load(clients=_clients(text), requests=number, seed=drawn) for text in clients]
    return (*((None,) if SCENARIO in scenarios else ()), *{one.scenario: one for one in made}.values())


def check_alone(asked: dict[str, object]) -> None:
    """Refuse what is of clips that are asked for one at a time; asked: the options, by name. Raises UsageError."""
    for option in (option for option, value in asked.items() if value):
        raise UsageError(
            f"{option} is of clips that are asked for one at a time, and --asr-scenario={SERVER} is not: leave one out"
        )


def check_engine(name: str, *, exclusive: bool, known: Sequence[str]) -> None:
    """Refuse who measures no load: an engine of models side by side, and answers that are known. Raises UsageError."""
    if not exclusive:
        raise UsageError(
            f"--asr-scenario={SERVER} judges latencies, and --asr-engine={name} measures models side by side, which "
            "slows them down: measure with --asr-engine=local"
        )
    for model in known:
        raise UsageError(
            f"--asr-scenario={SERVER} asks models at a rate, and the answers of {model} are known: leave one out"
        )


def check_limits(limits: Sequence[Limit], sets: Iterable[tuple[Corpus, Task, Load | None]]) -> None:
    """Refuse a percentile of which too few requests will be made; raises UsageError. sets: as `Plan.sets` has them."""
    for limit, (corpus, _, load) in product(limits, sets):
        figure = WHOLE.get(limit.figure)
        if load is None or not isinstance(figure, Latency):
            continue
        made, wanted = max(load.requests, len(corpus.ids)), least(figure.percent)
        if made < wanted:
            raise UsageError(
                f"{limit.origin}: {figure.name} takes {wanted} requests at least, and {made} are made on "
                f"{corpus.name}: --asr-requests={wanted}"
            )


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not (isfinite(rate) and rate > 0):
        raise UsageError(f"--asr-rate: {text!r} is no number of requests a second above 0")
    return rate


def _clients(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_CLIENTS:
        raise UsageError(f"--asr-concurrency: {text!r} is no number of clients from 1 to {MOST_CLIENTS:,}")
    return int(text)
