"""The time of a problem: what was cut short, and whether more time may have helped."""

from __future__ import annotations

import time

from abduce.solvers.sympy_stages import Clock


def test_a_small_share_that_ran_out_is_no_timeout() -> None:
    clock = Clock(2.0)
    assert clock.stage(lambda: time.sleep(2), 0.1) is None
    assert clock.short_of_time and not clock.was_too_short


def test_a_limit_that_ran_out_is_a_timeout() -> None:
    clock = Clock(0.3)
    assert clock.stage(lambda: time.sleep(2), 0.9) is None
    assert clock.was_too_short
