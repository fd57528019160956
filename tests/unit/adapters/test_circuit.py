"""A circuit breaker, on a clock that the tests set."""

import asyncio

import pytest

from ocr_server.adapters.production.circuit import Circuit, Unreachable
from ocr_server.domain.errors import DependencyUnavailable


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def circuit(clock: Clock) -> Circuit:
    return Circuit("The server", clock=clock)


def fail(circuit: Circuit) -> None:
    with pytest.raises(DependencyUnavailable) as caught, circuit.attempt():
        raise Unreachable
    assert isinstance(caught.value.__cause__, Unreachable)


def succeed(circuit: Circuit) -> bool:
    """Returns whether this was a trial."""
    with circuit.attempt() as is_trial:
        return is_trial


def check_refusal(circuit: Circuit) -> None:
    with pytest.raises(DependencyUnavailable, match="The server cannot be reached") as caught:
        succeed(circuit)
    assert caught.value.__cause__ is None
    assert caught.value.retry_after_s > 0


def test_a_closed_circuit_lets_everything_through(circuit: Circuit) -> None:
    with circuit.attempt(), circuit.attempt():
        assert not succeed(circuit)


def test_after_a_server_was_not_reached_callers_are_refused_at_once(circuit: Circuit, clock: Clock) -> None:
    fail(circuit)
    clock.now_s += 0.99
    check_refusal(circuit)


def test_after_a_second_one_tries_while_others_are_still_refused(circuit: Circuit, clock: Clock) -> None:
    fail(circuit)
    clock.now_s += 1.0
    with circuit.attempt() as is_trial:
        assert is_trial
        check_refusal(circuit)
    assert not succeed(circuit)


def test_a_trial_that_fails_keeps_it_open_for_another_second(circuit: Circuit, clock: Clock) -> None:
    fail(circuit)
    clock.now_s += 1.0
    fail(circuit)
    clock.now_s += 0.99
    check_refusal(circuit)
    clock.now_s += 0.01
    assert succeed(circuit)
    assert not succeed(circuit)


def test_an_error_that_the_server_answered_closes_it(circuit: Circuit, clock: Clock) -> None:
    fail(circuit)
    clock.now_s += 1.0
    with pytest.raises(KeyError), circuit.attempt():
        raise KeyError
    assert not succeed(circuit)


def test_a_cancelled_trial_tells_nothing_and_makes_room_for_the_next(circuit: Circuit, clock: Clock) -> None:
    fail(circuit)
    clock.now_s += 1.0
    with pytest.raises(asyncio.CancelledError), circuit.attempt():
        raise asyncio.CancelledError
    assert succeed(circuit)
    assert not succeed(circuit)


def test_an_answer_to_a_call_from_before_the_failure_closes_it(circuit: Circuit) -> None:
    with circuit.attempt():
        fail(circuit)
        check_refusal(circuit)
    assert not succeed(circuit)
