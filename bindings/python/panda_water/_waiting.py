"""What happens while a call waits: signal handlers run, and whoever asked for the call can end it."""

from __future__ import annotations

import atexit
import functools
import os
import threading
import time
from itertools import starmap
from typing import Any, Callable, Generator, Sequence, TypeVar, cast

from ._errors import PandaCancelledError, PandaError, PandaInconsistentError, PandaTimeoutError
from ._greenlets import HandOver, hand_over, original
from ._here import Call, here, listened_to, question
from ._native import Library

Result = TypeVar("Result")

# How long a wait may go on between two looks at whether it is to end. Windows lets no Ctrl-C through meanwhile.
_LOOK = 0.05

# What a client's `deadline_ms` is when it is not set.
_DEADLINE_MS = 30_000

# All calls of the process that are under way in the library.
_under_way: set[Call] = set()
_is_ending = False


class Turn:
    """What calls take in turn whose replies follow one another: each until its reply has been converted.

    A call that was given up may still get a reply, so the next one has to wait until that is there.

    Attributes:
        lost: Whether a reply may have come that was not converted, since something was raised meanwhile.
    """

    def __init__(self) -> None:
        # It is taken and given back by the thread that works, which in a patched program is a real one.
        self.lock = original("_thread", "allocate_lock")()
        self.lost = False


class Calls:
    """Makes the calls of a client that may wait.

    Attributes:
        check: The application's own function that says whether to end them.
    """

    def __init__(self, library: Library, deadline_ms: int | None) -> None:
        self.library = library
        self._patience = (deadline_ms or _DEADLINE_MS) / 1000
        self.check: Callable[[], object] | None = None

    def watch(self, client: int) -> None:
        """Has the library ask while a call of this client waits, on the thread that makes it."""
        self.library.client_set_check(client, question, here)

    def make(
        self,
        convert: Callable[[Any], Result],
        function: Callable[..., int],
        *arguments: object,
        turn: Turn | None = None,
    ) -> Result:
        """Calls a function of the library and gives its reply's data, converted.

        Whatever is raised while the function waits, the data has been given to ``convert`` if there was any.

        Raises:
            PandaError: The reply is a failure.
            BaseException: What a signal handler or the application's check raised.
        """
        try:
            return self._place(turn, convert, function, arguments)
        except (StopIteration, StopAsyncIteration) as raised:
            # As it is, it would end a listing as if that were whole.
            raise RuntimeError(f"the check or a signal handler raised {type(raised).__name__}") from raised

    def _place(
        self,
        turn: Turn | None,
        convert: Callable[[Any], Result],
        function: Callable[..., int],
        arguments: Sequence[object],
    ) -> Result:
        """Makes the call on the thread that is right for it."""
        if turn is None:
            work = functools.partial(self._make, convert, function, arguments)
        else:
            work = functools.partial(self._make_in_turn, turn, convert, function, arguments)
        elsewhere = hand_over()
        if elsewhere is not None:
            _end_calls_first()
        elif self.library.path in listened_to and threading.current_thread() is threading.main_thread():
            # What a signal handler raises at the beginning of a function that takes log lines would be lost.
            elsewhere = apart
        elif here.call is not None:
            return work(here.call)
        else:
            try:
                return work(Call())
            except PandaCancelledError:
                if _is_ending and threading.current_thread() is not threading.main_thread():
                    # Ends a daemon thread without a word, as the interpreter would a moment later.
                    raise SystemExit from None
                raise
        call = Call()
        try:
            return done(elsewhere, functools.partial(work, call))
        except BaseException:
            # It may be a signal handler's, or the greenlet was killed.
            call.given_up = True
            raise

    def _make_in_turn(
        self,
        turn: Turn,
        convert: Callable[[Any], Result],
        function: Callable[..., int],
        arguments: Sequence[object],
        call: Call,
    ) -> Result:
        taken: list[bool] = []
        limit = time.monotonic() + self._patience
        try:
            while True:
                # As for the replies below: a handler's exception finds in the list that the lock has been taken.
                taken.extend(map(turn.lock.acquire, (True,), (_LOOK,)))
                if taken[-1]:
                    break
                if self._is_to_end(call):
                    raise PandaCancelledError("the call was ended while it waited for another one of this listing")
                if time.monotonic() > limit:
                    raise PandaTimeoutError("another call of this listing took longer than deadline_ms")
            if turn.lost:
                raise PandaInconsistentError("an exception came between a page and its users: begin a new listing")
            turn.lost = True
            try:
                return self._make(convert, function, arguments, call)
            finally:
                turn.lost = not call.settled
        finally:
            if taken and taken[-1]:
                turn.lock.release()

    def _make(
        self, convert: Callable[[Any], Result], function: Callable[..., int], arguments: Sequence[object], call: Call
    ) -> Result:
        call.settled = False
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
                    call.settled = True
                    raise
        call.settled = True
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
                yield int(self._is_to_end(call))
        except GeneratorExit:
            return
        except BaseException as raised:  # noqa: BLE001
            # Nothing that calls a function or goes back: a further handler could raise here.
            call.raised = raised
            here.ask = int
        yield 1

    def _is_to_end(self, call: Call) -> bool:
        check = self.check
        return call.given_up or (check is not None and bool(check()))


def _begin(call: Call) -> None:
    _under_way.add(call)
    if _is_ending and threading.current_thread() is not threading.main_thread():
        raise PandaCancelledError("the interpreter is ending")


def done(elsewhere: HandOver, work: Callable[[], Result]) -> Result:
    """Has it done elsewhere, and gives or raises what it does."""

    # The threads of eventlet do not survive every exception, and those of `apart` none.
    def outcome() -> tuple[Result | None, BaseException | None]:
        try:
            return work(), None
        except BaseException as error:  # noqa: BLE001
            return None, error

    result, error = elsewhere(outcome)
    if error is not None:
        raise error
    return cast("Result", result)


def apart(work: Callable[[], Any]) -> Any:
    """Does what raises nothing in a thread, while signal handlers run in this one."""
    outcome: list[Any] = []
    ended = original("_thread", "allocate_lock")()
    ended.acquire()

    def run() -> None:
        outcome.append(work())
        ended.release()

    original("_thread", "start_new_thread")(run, ())
    while not ended.acquire(timeout=_LOOK):
        pass
    return outcome[0]


@atexit.register
def _end_calls() -> None:
    """Ends the calls of daemon threads: an interpreter that is going away cannot be asked any more."""
    global _is_ending  # noqa: PLW0603
    _is_ending = True
    limit = time.monotonic() + 1
    # Other greenlets are not to go on meanwhile.
    sleep = original("time", "sleep")
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
