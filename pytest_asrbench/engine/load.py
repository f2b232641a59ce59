"""A load in the scenario `server`: how many requests, when they arrive, and which clip each of them is. Pure functions.

Arrivals are a Poisson process, as those of many people who know nothing of one another: where N of them fall into a
time, each does so anywhere in it with the same chance. So N requests take N / rate seconds, by no luck of the draw more
or less. The draws depend on the seed alone: two loads of one seed differ in their pace and in nothing else.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from pytest_asrbench.engine.host.serving import Schedule
from pytest_asrbench.records import SCENARIO, SERVER

REQUESTS = 100  # at each rate, if the user does not say: what a 99th percentile takes
SEED = 0


@dataclass(frozen=True, slots=True)
class Load:
    """Requests at a rate, in requests a second, or those of so many clients of whom each waits for its answer.

    requests: how many there are at least; each clip is asked for at least once.
    """

    rate: float | None = None
    clients: int | None = None
    requests: int = REQUESTS
    seed: int = SEED

    @property
    def scenario(self) -> str:
        """What its cases' scenario is called."""
        return f"{SERVER}@{self.rate:g}rps" if self.rate is not None else f"{SERVER}@{self.clients}clients"

    def order(self, clips: int) -> list[int]:
        """The clip of each request: all of them in a drawn order, and again in another one while more are asked for."""
        draw = random.Random(self.seed)
        chosen: list[int] = []
        wanted = max(clips, self.requests)
        while clips and len(chosen) < wanted:
            chosen += draw.sample(range(clips), clips)
        return chosen[:wanted]

    def schedule(self, requests: int) -> Schedule:
        """When so many requests arrive, in seconds from the beginning."""
        if self.rate is None:
            assert self.clients is not None
            return Schedule(requests, None, self.clients)
        draw, seconds = random.Random(self.seed), requests / self.rate
        return Schedule(requests, sorted(draw.random() * seconds for _ in range(requests)))


def scenario(load: Load | None) -> str:
    """What the scenario of a load is called; None is that of single clips."""
    return SCENARIO if load is None else load.scenario
