"""What is submitted and what is killed, all of it told by the seed; only how it falls together is the machine's."""

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from tests.chaos.labels import Fate

SERVERS, WORKERS = 2, 3
_TENANTS = ("north", "south", "east", "west")
_KILLS_PER_JOB = 1 / 8
_PAUSE_BETWEEN_KILLS_S = (0.8, 3.2)
_DOWN_FOR_S = (0.1, 3.0)
_MAX_BATCH = 8
_CANCEL_AFTER_S = (0.0, 1.5)


class Victim(Enum):
    """Who is killed. RELAY: whichever of our processes publishes events at that moment."""

    WORKER = "worker"
    SERVER = "server"
    RELAY = "relay"
    REDIS = "redis"
    POSTGRES = "postgres"
    KAFKA = "kafka"


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill -9.

    at_s: from the beginning on. which: of several alike, taken modulo their number. down_for_s: before it is started
    again.
    """

    at_s: float
    victim: Victim
    which: int
    down_for_s: float


@dataclass(frozen=True, slots=True)
class Item:
    """One image: the number on its label, and what becomes of it."""

    number: int
    fate: Fate


@dataclass(frozen=True, slots=True)
class Submission:
    """One job, or one batch of several.

    twice: two clients submit it at the same time, one at each server. cancel_after_s: None for never; jobs only.
    """

    tenant: str
    request_id: str
    at_s: float
    items: tuple[Item, ...]
    is_batch: bool = False
    twice: bool = False
    cancel_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Submissions and kills, each in the order of time."""

    submissions: Sequence[Submission]
    kills: Sequence[Kill]

    @property
    def jobs(self) -> int:
        """How many jobs all of it is."""
        return sum(len(submission.items) for submission in self.submissions)


def make_plan(seed: int, jobs: int) -> Plan:
    """Plan so many jobs, and at least one kill of each victim between the first job and the last."""
    rng = random.Random(seed)
    kills = list(_kills(rng, max(2 * len(Victim), round(jobs * _KILLS_PER_JOB))))
    return Plan(list(_submissions(rng, jobs, kills[-1].at_s)), kills)


def _kills(rng: random.Random, count: int) -> Iterator[Kill]:
    at_s = 0.0
    victims: list[Victim] = []
    for _ in range(count):
        at_s += rng.uniform(*_PAUSE_BETWEEN_KILLS_S)
        victims = victims or rng.sample(list(Victim), len(Victim))  # a round of all, each time in another order
        yield Kill(at_s, victims.pop(), rng.randrange(SERVERS * WORKERS), rng.uniform(*_DOWN_FOR_S))


def _submissions(rng: random.Random, jobs: int, within_s: float) -> Iterator[Submission]:
    items = _items(rng, jobs)
    number = 0
    while number < jobs:
        is_batch = rng.random() < 0.08
        size = min(jobs - number, rng.randint(2, _MAX_BATCH)) if is_batch else 1
        yield Submission(
            tenant=rng.choice(_TENANTS),
            request_id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            at_s=within_s * number / jobs,
            items=tuple(items[number : number + size]),
            is_batch=is_batch,
            twice=rng.random() < 0.2,
            cancel_after_s=rng.uniform(*_CANCEL_AFTER_S) if not is_batch and rng.random() < 0.1 else None,
        )
        number += size


def _items(rng: random.Random, jobs: int) -> list[Item]:
    """Some of each fate, whatever the chances are; a few images are sent again, as jobs of their own."""
    poison, damaged, again = max(2, jobs // 40), max(2, jobs // 20), max(2, jobs // 20)
    fates = [Fate.POISON] * poison + [Fate.DAMAGED] * damaged
    fates += [Fate.READ] * (jobs - len(fates))
    rng.shuffle(fates)
    items = [Item(number, fate) for number, fate in enumerate(fates)]
    readable = [item for item in items if item.fate is Fate.READ]
    for item in rng.sample(readable[1:], min(again, len(readable) - 1)):
        items[item.number] = readable[rng.randrange(readable.index(item))]
    return items
