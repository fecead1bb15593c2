import logging
import threading
import time

import pytest

from worker.watchdog import OTHER_TICKS, STEP_TICKS, Ticker, Watchdog


def ticks_until_stall(dog: Watchdog, barked: list[int], limit: int = 1000) -> int:
    for tick in range(1, limit):
        dog.tick()
        if barked:
            return tick
    return limit


def test_silence_in_the_drawing_is_noticed_after_30_ticks_elsewhere_after_120() -> None:
    for feed, ticks in ((("drawing",), STEP_TICKS), (("drawing", "searching_noise"), OTHER_TICKS), ((), OTHER_TICKS)):
        barked: list[int] = []
        dog = Watchdog(on_stall=lambda barked=barked: barked.append(1))
        with dog:
            for stage in feed:
                dog.feed(stage)  # type: ignore[arg-type]
            assert ticks_until_stall(dog, barked) == ticks + 1


def test_signs_of_life_keep_it_quiet_and_off_duty_it_is_quiet_anyway() -> None:
    barked: list[int] = []
    dog = Watchdog(on_stall=lambda: barked.append(1))
    with dog:
        for _ in range(10):
            dog.feed("drawing")
            for _ in range(STEP_TICKS):
                dog.tick()
    for _ in range(OTHER_TICKS + 10):
        dog.tick()
    assert barked == []


def test_a_ticker_goes_on_after_what_it_tolerates_and_stops_when_told(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[float] = []
    thrice = threading.Event()

    def action() -> None:
        calls.append(time.monotonic())
        if len(calls) == 3:
            thrice.set()
        raise ConnectionError("away")

    ticker = Ticker("beat", 0.01, action, tolerated=(ConnectionError,))
    with caplog.at_level(logging.WARNING):
        ticker.start()
        assert thrice.wait(30)
        ticker.stop()
    count = len(calls)
    time.sleep(0.05)
    assert len(calls) == count and "beat: away" in caplog.text
