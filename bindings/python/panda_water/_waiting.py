"""What happens while a call waits: signal handlers run, and whoever asked for the call can end it."""

from __future__ import annotations

import _thread
import atexit
import functools
import os
import threading
import time
from itertools import starmap
from typing import Any, Callable, Generator, Sequence, TypeVar

from ._errors import PandaCancelledError, PandaError
from ._greenlets import hand_over, sleep
from ._here import Call, here, listened_to, question
from ._native import Library

Result = TypeVar("Result")


# All calls of the process that are under way in the library.
_under_way: set[Call] = set()
_is_ending = False


class Calls:
    """Makes the calls of a client that may wait.

    Attributes:
        check: The application's own function that says whether to end them.
    """

    def __init__(self, library: Library) -> None:
        self.library = library
        self.check: Callable[[], object] | None = None

    def watch(self, client: int) -> None:
        """Has the library ask while a call of this client waits, on the thread that makes it."""
        self.library.client_set_check(client, question, here)

    def make(self, convert: Callable[[Any], Result], function: Callable[..., int], *arguments: object) -> Result:
        """Calls a function of the library and gives its reply's data, converted.

        Whatever is raised meanwhile by a signal handler, the data has been given to ``convert`` if there was any.

        Raises:
            PandaError: The reply is a failure.
            BaseException: What a signal handler or the application's check raised.
        """
        elsewhere = hand_over()
        if elsewhere is not None:
            _end_calls_first()
        elif self.library.path in listened_to and threading.current_thread() is threading.main_thread():
            # What a signal handler raises at the beginning of a function that takes log lines would be lost.
            elsewhere = _apart
        elif here.call is not None:
            return self._make(here.call, convert, function, arguments)
        else:
            try:
                return self._make(Call(), convert, function, arguments)
            except PandaCancelledError:
                if _is_ending and threading.current_thread() is not threading.main_thread():
                    # Ends a daemon thread without a word, as the interpreter would a moment later.
                    raise SystemExit from None
                raise
        call = Call()
        try:
            outcome: tuple[Result, BaseException | None] = elsewhere(
                lambda: self._outcome(call, convert, function, arguments)
            )
        except BaseException:
            # A signal handler's, or the greenlet was killed.
            call.given_up = True
            raise
        result, error = outcome
        if error is not None:
            raise error
        return result

    def _outcome(
        self, call: Call, convert: Callable[[Any], Result], function: Callable[..., int], arguments: Sequence[object]
    ) -> tuple[Any, BaseException | None]:
        # The threads of eventlet do not survive every exception.
        try:
            return self._make(call, convert, function, arguments), None
        except BaseException as error:  # noqa: BLE001
            return None, error

    def _make(
        self, call: Call, convert: Callable[[Any], Result], function: Callable[..., int], arguments: Sequence[object]
    ) -> Result:
        answers = self._answers(call)
        next(answers)
        replies: list[int] = []
        # A signal handler that runs in a question may itself make a call.
        outer, here.ask = here.ask, answers.__next__
        try:
            _begin(call)
            # A handler's exception can come up as soon as a function has returned, before its result has a name: this
            # way it is in the list by then.
            replies.extend(starmap(function, (arguments,)))
        except BaseException as raised:  # noqa: BLE001
            call.raised = raised
        finally:
            here.ask = outer
            _under_way.discard(call)
        if replies:
            try:
                result = convert(self.library.take(replies[0]))
            except PandaError:
                if call.raised is None:
                    raise
        if call.raised is not None:
            try:
                raise call.raised
            finally:
                # It refers to this frame.
                call.raised = None
        return result

    def _answers(self, call: Call) -> Generator[int, None, None]:
        """What to say to the library's questions while this call waits: not 0 to end it."""
        try:
            yield 0
            while True:
                check = self.check
                yield int(call.given_up or (check is not None and bool(check())))
        except GeneratorExit:
            return
        except BaseException as raised:  # noqa: BLE001
            # Nothing that calls a function or goes back: a further handler could raise here.
            call.raised = raised
            here.ask = int
        yield 1


def _begin(call: Call) -> None:
    _under_way.add(call)
    if _is_ending and threading.current_thread() is not threading.main_thread():
        raise PandaCancelledError("the interpreter is ending")


def _apart(work: Callable[[], Any]) -> Any:
    """Does it in a thread, while signal handlers run in this one."""
    outcome: list[Any] = []
    done = _thread.allocate_lock()
    done.acquire()

    def run() -> None:
        outcome.append(work())
        done.release()

    _thread.start_new_thread(run, ())
    # Windows lets no Ctrl-C through while it waits.
    while not done.acquire(timeout=0.05):
        pass
    return outcome[0]


@atexit.register
def _end_calls() -> None:
    """Ends the calls of daemon threads: an interpreter that is going away cannot be asked any more."""
    global _is_ending  # noqa: PLW0603
    _is_ending = True
    limit = time.monotonic() + 1
    while _under_way and time.monotonic() < limit:
        for call in _under_way.copy():
            call.given_up = True
        sleep(0.002)


@functools.lru_cache(maxsize=None)
def _end_calls_first() -> None:
    """What was imported since may wait for its threads when the interpreter ends: calls have to end before."""
    atexit.unregister(_end_calls)
    atexit.register(_end_calls)


# The calls of the parent's other threads are none of a forked child.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_under_way.clear)
