"""pudu.estimate: what a network would need and cost, without calibration data."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from . import _pudu
from ._call import call
from ._options import Options, shows_options
from ._progress import callback_of
from ._report import Record

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Estimate(Record):
    """RAM, flash and speed of a network on one target. `ram_bytes`, `arena_bytes`, `streamed` (the plan runs by rows),
    `state_bytes`, `constants_bytes` and `macs` are those of the real program; `code_bytes`, `flash_bytes`, `instructions`, `cycles` (None for a CPU without
    published timings) and `layers` are estimated (docs/estimate.md has the errors)."""

    def __repr__(self) -> str:
        return (
            f"<pudu.Estimate for {self.target} ({self.isa}): RAM {self.ram_bytes} bytes, flash {self.flash_bytes} bytes, "
            f"{self.instructions} instructions>"
        )


@shows_options
def estimate(
    model: Any,
    targets: str | Iterable[str] = "cortex-m55",
    *,
    example_inputs: Any = None,
    progress: Any = None,
    **options: Unpack[Options],
) -> list[Estimate]:
    """Estimates a network on several targets, in the time of an inference or two on the host; by rows, in that of the
    planner, which may be seconds.

    Args:
        model: as for pudu.compile(); a torch.nn.Module together with example_inputs.
        targets: CPUs of pudu.targets().
        options: those of pudu.compile() that change sizes: isa, io, input_layout, optimize, batch, memory, feed, plan_time,
            and ram, which a plan by rows is made to fit where whole layers do not. The arena is what pudu.compile() plans
            with the same options.

    Returns:
        An Estimate for each target, in their order.

    Raises:
        UnsupportedError: operators or targets that Pudu does not handle.
    """
    names = [targets] if isinstance(targets, str) else list(targets)
    with call() as current, callback_of(progress) as callback:
        chosen = current.options(model, example_inputs, options)
        rows = json.loads(_pudu.estimate(chosen, names, progress=callback), object_hook=Record)
    return [Estimate(row) for row in rows]
