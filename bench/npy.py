"""Arrays of .npy files, and the measures of quality, with nothing but the standard library."""

import array
import ast
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

# NumPy's little-endian type names and array's letters of the same size.
_TYPES = {"<f4": "f", "<i8": "q", "|i1": "b"}


@dataclass(frozen=True)
class Array:
    shape: tuple[int, ...]
    values: Sequence[float]  # row-major


def read(file: Path) -> Array:
    """Reads float32, int64 or int8 in C order; ValueError, naming the file, for anything else."""
    data = file.read_bytes()
    if data[:6] != b"\x93NUMPY":
        raise ValueError(f"{file}: not a .npy file")
    length_bytes = 2 if data[6] == 1 else 4
    begin = 8 + length_bytes
    end = begin + int.from_bytes(data[8:begin], "little")
    header = ast.literal_eval(data[begin:end].decode("latin1"))
    if header["descr"] not in _TYPES or header["fortran_order"]:
        raise ValueError(f"{file}: {header['descr']}, fortran_order {header['fortran_order']}; "
                         f"allowed: {', '.join(_TYPES)} in C order")
    values = array.array(_TYPES[header["descr"]])
    values.frombytes(data[end:])
    if sys.byteorder == "big":
        values.byteswap()
    if len(values) != math.prod(header["shape"]):
        raise ValueError(f"{file}: {len(values)} elements; its shape is {header['shape']}")
    return Array(tuple(header["shape"]), values)


def write_int8(file: Path, shape: tuple[int, ...], codes: bytes) -> None:
    """Writes int8 elements in C order."""
    header = repr({"descr": "|i1", "fortran_order": False, "shape": shape}).encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    file.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + codes)


def sqnr_db(reference: Sequence[float], actual: Sequence[float]) -> float:
    """10 log10(sum reference^2 / sum (reference - actual)^2) over all elements, in dB; infinite for equal ones."""
    if len(reference) != len(actual):
        raise ValueError(f"{len(actual)} elements against {len(reference)} of the reference")
    signal = math.fsum(r * r for r in reference)
    noise = math.fsum((r - a) ** 2 for r, a in zip(reference, actual))
    return 10 * math.log10(signal / noise) if noise else math.inf


def count_correct(scores: Array, labels: Array) -> int:
    """Samples (first axis of `scores`) whose greatest score is at their label; the first of equal ones wins."""
    samples = scores.shape[0]
    classes = len(scores.values) // samples
    correct = 0
    for sample, label in enumerate(labels.values):
        row = scores.values[sample * classes:(sample + 1) * classes]
        correct += max(range(classes), key=row.__getitem__) == label
    return correct
