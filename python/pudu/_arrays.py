"""Samples of any kind - NumPy, torch, anything with DLPack, lists of them - as .npy and .npz files, and results back."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def is_path(value: Any) -> bool:
    return isinstance(value, (str, os.PathLike))


def to_numpy(value: Any) -> np.ndarray:
    """One array. Numbers and lists of Python become float32; whatever has a data type keeps it."""
    if isinstance(value, np.ndarray):
        return value
    if hasattr(value, "detach") and hasattr(value, "numpy"):  # a torch tensor, which may be on a device or in a graph
        value = value.detach().cpu()
        return value.resolve_conj().numpy() if hasattr(value, "resolve_conj") else value.numpy()
    if hasattr(value, "__dlpack__"):
        return np.from_dlpack(value)
    if hasattr(value, "__array__"):
        return np.asarray(value)
    array = np.asarray(value)
    return array.astype(np.float32) if array.dtype == np.float64 else array


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) or hasattr(value, "__dlpack__") or hasattr(value, "__array__")


def _samples_of(value: Any) -> list[tuple[Any, ...]] | list[Mapping[str, Any]]:
    """An iterable of samples: each an array, or a tuple or mapping of the model's inputs."""
    samples = list(value)
    if samples and isinstance(samples[0], Mapping):
        return samples
    return [tuple(sample) if isinstance(sample, (tuple, list)) else (sample,) for sample in samples]


def _stacked(arrays: Sequence[Any], are_batches: bool) -> np.ndarray:
    """Samples, each with or without the model's batch of 1, or each a batch, on one first axis."""
    parts = [to_numpy(array) for array in arrays]
    if not are_batches and len({part.shape for part in parts}) == 1:
        return np.stack(parts)
    return np.concatenate(parts)  # batches of different sizes, as the last one of a loader


def write_samples(value: Any, folder: Path, name: str) -> list[str]:
    """Files as the command line takes them: a path is passed on; an array is one input's samples; a mapping has an array
    for each input by name; anything else is an iterable of samples, each an array or a tuple or mapping of inputs."""
    if is_path(value):
        return [os.fspath(value)]
    if isinstance(value, (tuple, list)) and value and all(is_path(item) for item in value):
        return [os.fspath(item) for item in value]
    if _is_array(value):
        return _write_arrays([to_numpy(value)], folder, name)
    if isinstance(value, Mapping):
        return _write_named({key: to_numpy(array) for key, array in value.items()}, folder, name)
    # A loader of torch.utils.data says so; batches of equal sizes look like samples with one axis more.
    are_batches = getattr(value, "batch_size", None) is not None
    samples = _samples_of(value)
    if not samples:
        return _write_arrays([np.zeros((0,), np.float32)], folder, name)
    if isinstance(samples[0], Mapping):
        return _write_named({key: _stacked([sample[key] for sample in samples], are_batches) for key in samples[0]}, folder, name)
    return _write_arrays([_stacked(column, are_batches) for column in zip(*samples, strict=True)], folder, name)


def write_inputs(values: Sequence[Any], folder: Path, name: str) -> list[str]:
    """As write_samples, for arguments that are one array, or mapping, or path for each input."""
    if len(values) == 1 and (is_path(values[0]) or isinstance(values[0], Mapping)):
        return write_samples(values[0], folder, name)
    if all(is_path(value) for value in values):
        return [os.fspath(value) for value in values]
    return _write_arrays([to_numpy(value) for value in values], folder, name)


def _write_arrays(arrays: Iterable[np.ndarray], folder: Path, name: str) -> list[str]:
    files = []
    for index, array in enumerate(arrays):
        file = folder / f"{name}{index}.npy"
        np.save(file, np.ascontiguousarray(array) if array.ndim else array)
        files.append(str(file))
    return files


def _write_named(arrays: Mapping[str, np.ndarray], folder: Path, name: str) -> list[str]:
    file = folder / f"{name}.npz"
    np.savez(file, **arrays)
    return [str(file)]


def like(result: np.ndarray, given: Any) -> Any:
    """The result in the kind of array that was given: a torch tensor for a tensor, NumPy's for what is none."""
    if isinstance(given, np.ndarray) or not _is_array(given):
        return result
    if hasattr(given, "__array_namespace__"):
        return given.__array_namespace__().from_dlpack(result)
    module = type(given).__module__.split(".")[0]
    if module == "torch":
        import torch  # loaded already: the caller has a tensor of it

        return torch.from_dlpack(result)
    return result
