"""Reports: what report.json holds, as dictionaries whose fields are attributes, too."""

from __future__ import annotations

import html
import json
from typing import Any


class Record(dict):
    """A JSON object. Its fields are items and attributes."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no field '{name}'; it has {', '.join(self)}") from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self]


class Report(Record):
    """What is known of a compiled model (docs/report.md has the schema). In a notebook it shows the memory map."""

    def to_json(self) -> str:
        return json.dumps(self, indent=1)

    def to_html(self) -> str:
        """report.html: one file that opens offline."""
        from . import _pudu

        return _pudu.report_html(json.dumps({key: value for key, value in self.items() if key != "memory"}))

    def _repr_html_(self) -> str:
        # A document of its own: its style and its script do not meet those of the notebook.
        source = html.escape(self.to_html(), quote=True)
        return (
            f'<iframe title="Memory map of {html.escape(self.model, quote=True)}" srcdoc="{source}" '
            'sandbox="allow-scripts" style="width: 100%; height: 640px; border: 0"></iframe>'
        )

    def __repr__(self) -> str:
        return (
            f"<pudu.Report of {self.model} for {self.target.cpu} ({self.target.isa}): arena {self.arena_bytes} bytes, "
            f"weights {self.weights_bytes} bytes, {self.macs} MACs>"
        )


class Validation(Record):
    """Float against int8: `sqnr_db`, `classification`, `layers` with the worst first, `suggestions`."""

    def __repr__(self) -> str:
        return f"<pudu.Validation of {self.samples} samples: {self.sqnr_db} dB>"


def report_from_json(text: str) -> Report:
    return Report(_records(text))


def validation_from_json(text: str) -> Validation:
    return Validation(_records(text))


def _records(text: str) -> Any:
    return json.loads(text, object_hook=Record)
