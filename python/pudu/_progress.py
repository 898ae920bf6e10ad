"""What `progress=` may be, and what is called for it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

#: Called with the stage, units done and units in all; 0 of 0 when a stage begins.
Callback = Callable[[str, int, int], object]


class _Bar:
    """Drives a tqdm bar, or what has its methods: a stage after the other."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar

    def __call__(self, stage: str, done: int, total: int) -> None:
        if done == 0:
            self._bar.reset(total=total or None)
            self._bar.set_description(stage)
        elif self._bar.total != total:
            self._bar.reset(total=total)
        self._bar.update(done - self._bar.n)


class _Terminal:
    """A line on the terminal with rich: the present stage and how far it is."""

    def __init__(self, progress: Any) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None)

    def __call__(self, stage: str, done: int, total: int) -> None:
        self._progress.update(self._task, description=stage, completed=done, total=total or None)


def _is_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


@contextlib.contextmanager
def callback_of(progress: Any) -> Iterator[Callback | None]:
    """None: rich on a terminal where it is installed, else nothing. False: nothing. A tqdm bar, or a callable."""
    if progress is None and _is_terminal():
        try:
            import rich.console
            import rich.progress
        except ImportError:
            yield None
            return
        with rich.progress.Progress(console=rich.console.Console(stderr=True), transient=True) as shown:
            yield _Terminal(shown)
    elif progress is None or progress is False:
        yield None
    elif hasattr(progress, "update") and hasattr(progress, "reset"):
        yield _Bar(progress)
    elif callable(progress):
        yield progress
    else:
        raise TypeError(f"progress is None, False, a tqdm bar or a callable, not {type(progress).__name__}")
