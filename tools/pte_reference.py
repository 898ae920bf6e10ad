#!/usr/bin/env python3
"""Runs a .pte program through ExecuTorch's own Python: its deserializer and its reference operators.

    python tools/pte_reference.py model.pte --input in0.npy --output out0.npy

Why: it shares no line with Pudu's reader, runner and kernels, so equal bytes are a proof of the file's meaning. It is
run by hand to make the goldens of tests/executorch; no test needs it.

Needs torch 2.13.0 and executorch 1.5.1 with their dependencies, and, for the Cortex-M operators, the packages
tosa-tools and ml_dtypes. Limits: one chain, static shapes, constants in the constant segment, no delegates.
"""

import argparse
import sys

import numpy
import torch

# The operators cannot be imported before the passes: the two import each other.
import executorch.backends.cortex_m.passes  # noqa: F401
import executorch.backends.cortex_m.ops.operators  # noqa: F401
from executorch.exir._serialize._program import deserialize_pte_binary
from executorch.exir.schema import Bool, Double, Int, IntList, KernelCall, Null, Tensor, TensorList

NUMPY_TYPES = {0: numpy.uint8, 1: numpy.int8, 2: numpy.int16, 3: numpy.int32, 4: numpy.int64, 6: numpy.float32}

# Functional forms of the portable operators that Pudu writes.
PORTABLE = {
    "aten::cat.out": torch.ops.aten.cat.default,
    "aten::index_select.out": torch.ops.aten.index_select.default,
    "aten::slice_copy.Tensor_out": torch.ops.aten.slice_copy.Tensor,
    "aten::as_strided_copy.out": torch.ops.aten.as_strided_copy.default,
    "aten::permute_copy.out": torch.ops.aten.permute_copy.default,
    "dim_order_ops::_clone_dim_order.out": lambda self, non_blocking, dim_order: self,
}


class Method:
    """The first execution plan of a program, with its memory pools."""

    def __init__(self, file):
        program = deserialize_pte_binary(file)
        self._program = getattr(program, "program", program)
        self._plan = self._program.execution_plan[0]
        self._pools = [bytearray(size) for size in self._plan.non_const_buffer_sizes]

    def run(self, inputs):
        """`inputs`: one array for each input, of its logical shape. Returns the outputs alike."""
        if len(inputs) != len(self._plan.inputs):
            raise ValueError(f"{len(inputs)} inputs; the program takes {len(self._plan.inputs)}")
        for index, array in zip(self._plan.inputs, inputs):
            self._write(self._tensor(index), array)
        for instruction in self._plan.chains[0].instructions:
            self._run_call(instruction.instr_args)
        return [self._read(self._tensor(index)) for index in self._plan.outputs]

    def _run_call(self, call: KernelCall):
        op = self._plan.operators[call.op_index]
        name = f"{op.name}.{op.overload}"
        out = self._tensor(call.args[-1])
        arguments = [self._argument(index) for index in call.args[:-2]]
        if name in PORTABLE:
            function = PORTABLE[name]
        else:
            namespace, short = op.name.split("::")
            function = getattr(getattr(torch.ops, namespace), short).default
        arguments = [
            torch.tensor(argument) if str(schema.type) == "Tensor" and isinstance(argument, list) else argument
            for argument, schema in zip(arguments, _schema_of(function, len(arguments)))
        ]
        if name.startswith("cortex_m::quantize_per_tensor") or name.startswith("cortex_m::dequantize_per_tensor"):
            arguments[5] = torch.int8  # ExecuTorch's number of the type
        result = function(*arguments)
        if list(result.shape) != list(out.sizes):
            raise ValueError(f"{name}: result of shape {list(result.shape)} for an output of {out.sizes}")
        self._write(out, result.contiguous().numpy())

    def _tensor(self, index) -> Tensor:
        return self._plan.values[index].val

    def _argument(self, index):
        value = self._plan.values[index].val
        if isinstance(value, Tensor):
            # Operators look at the strides: torch's tensor lies in memory as the program's does.
            order = list(value.dim_order)
            physical = torch.from_numpy(self._read_physical(value))
            return physical.permute([order.index(dim) for dim in range(len(order))])
        if isinstance(value, TensorList):
            return [self._argument(item) for item in value.items]
        if isinstance(value, IntList):
            return [self._argument(item) for item in value.items]
        if isinstance(value, Int):
            return value.int_val
        if isinstance(value, Double):
            return value.double_val
        if isinstance(value, Bool):
            return value.bool_val
        if isinstance(value, Null):
            return None
        raise ValueError(f"value {index}: {type(value).__name__}")

    def _place(self, tensor):
        bytes_ = int(numpy.prod(tensor.sizes, dtype=numpy.int64)) * numpy.dtype(_type(tensor)).itemsize
        if tensor.allocation_info is None:
            return self._program.constant_buffer[tensor.data_buffer_idx].storage, 0, bytes_
        info = tensor.allocation_info
        pool = self._pools[info.memory_id]
        if info.memory_offset_low + bytes_ > len(pool):
            raise ValueError(f"a tensor of {bytes_} bytes at {info.memory_offset_low} of {len(pool)}")
        return pool, info.memory_offset_low, bytes_

    def _read_physical(self, tensor):
        """The tensor's elements, its dimensions in the order in which they lie in memory."""
        storage, offset, size = self._place(tensor)
        flat = numpy.frombuffer(bytes(storage[offset : offset + size]), dtype=_type(tensor))
        return flat.reshape([tensor.sizes[dim] for dim in tensor.dim_order]).copy()

    def _read(self, tensor):
        return numpy.ascontiguousarray(self._read_physical(tensor).transpose(numpy.argsort(list(tensor.dim_order))))

    def _write(self, tensor, array):
        if list(array.shape) != list(tensor.sizes) or array.dtype != _type(tensor):
            raise ValueError(
                f"{array.dtype} of shape {list(array.shape)}; {numpy.dtype(_type(tensor))} of {tensor.sizes}"
            )
        storage, offset, size = self._place(tensor)
        storage[offset : offset + size] = numpy.ascontiguousarray(array.transpose(list(tensor.dim_order))).tobytes()


def _type(tensor):
    return NUMPY_TYPES[int(tensor.scalar_type)]


def _schema_of(function, count):
    """The schema's arguments; for a plain Python function, as many that say nothing."""
    schema = getattr(function, "_schema", None)
    return schema.arguments if schema is not None else [argparse.Namespace(type="")] * count


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the .pte file")
    parser.add_argument("--input", action="append", required=True, help=".npy, once per input")
    parser.add_argument("--output", action="append", required=True, help=".npy, once per output")
    options = parser.parse_args(arguments)
    with open(options.program, "rb") as file:
        method = Method(file.read())
    outputs = method.run([numpy.load(name) for name in options.input])
    for name, output in zip(options.output, outputs, strict=True):
        numpy.save(name, output)


if __name__ == "__main__":
    main(sys.argv[1:])
