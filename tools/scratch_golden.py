#!/usr/bin/env python3
"""Asks CMSIS-NN's own host binding for scratch sizes: makes and renews the file that `pudu scratch --check` reads.

The binding is a part of the `executorch` wheel: executorch/backends/cortex_m. It needs neither torch nor numpy, so
`pip install --no-deps executorch` suffices, or a wheel that is only downloaded:

  pip download --no-deps executorch                                   the release to compare with
  tools/scratch_golden.py --wheel executorch-*.whl --rows tests/data/cmsis_nn_scratch_sizes.zip --output new.jsonl
  pudu scratch --check new.jsonl                                      what our formulas say to its answers

  tools/scratch_golden.py --grid --output grid.jsonl                  questions of its own instead of a file's

With --rows, the questions of FILE (a .jsonl, or a .zip that holds one) are asked again in their order, and every field
but the answer stays as it is: a diff of the two files shows what the release changed, and the last line on standard
error counts it. docs/scratch.md describes a row. An answer of the binding that is a ValueError is an answer: "error".

Exit codes: 0 all asked, 1 wrong usage, 2 a row or file that cannot be read or written, 3 no usable binding.
Limits: the binding is a compiled module, so the Python that runs this must be of the version the wheel was made for.
"""

import argparse
import importlib
import importlib.util
import io
import itertools
import json
import os
import sys
import tempfile
import zipfile

PACKAGE = "executorch.backends.cortex_m"
FOLDER = "executorch/backends/cortex_m"
USAGE, INVALID, NO_BINDING = 1, 2, 3

# Field of a row: how many integers it holds; 0 is a plain integer.
FIELDS = {
    "input_nhwc": 4,
    "filter_nhwc": 4,
    "output_nhwc": 4,
    "padding_hw": 2,
    "stride_hw": 2,
    "dilation_hw": 2,
    "padding_offsets_hw": 2,
    "ch_mult": 0,
    "dim_dst_width": 0,
    "ch_src": 0,
    "input_offset": 0,
    "output_offset": 0,
    "activation_min": 0,
    "activation_max": 0,
}
OFFSETS = ("input_offset", "output_offset", "activation_min", "activation_max")
CONVOLUTION = ("input_nhwc", "filter_nhwc", "output_nhwc", "padding_hw", "stride_hw", "dilation_hw")
REVERSE_CONVOLUTION = ("input_nhwc", "filter_nhwc", "padding_hw", "stride_hw", "dilation_hw")

# op: the binding's function, the fields it needs, those it may have.
SIZE_OPS = {
    "convolve_wrapper": ("convolve_wrapper_buffer_size", CONVOLUTION, OFFSETS),
    "depthwise_conv_wrapper": ("depthwise_conv_wrapper_buffer_size", (*CONVOLUTION, "ch_mult"), OFFSETS),
    "transpose_conv": ("transpose_conv_buffer_size", CONVOLUTION, ("padding_offsets_hw", *OFFSETS)),
    "transpose_conv_reverse_conv": (
        "transpose_conv_reverse_conv_buffer_size",
        REVERSE_CONVOLUTION,
        ("padding_offsets_hw", *OFFSETS),
    ),
    "fully_connected": ("fully_connected_buffer_size", ("filter_nhwc",), ()),
    # ExecuTorch sizes a batch matmul as fully connected, with -1 for height and width.
    "batch_matmul": ("fully_connected_buffer_size", ("filter_nhwc",), ()),
    "avgpool": ("avgpool_buffer_size", ("dim_dst_width", "ch_src"), ()),
    "svdf": ("svdf_buffer_size", ("filter_nhwc",), ()),
}
CPU_OPS = ("cmsis_nn.resolve_backend", "resolve", "from_target_string")
BATCH_MATMUL = "batch_matmul(ET: fully_connected with H=W=-1)"
DEPTHWISE_1HWC = "depthwise_conv_wrapper(filter=1HWC)"


class Failure(Exception):
    """What the user is told, and the exit code."""

    def __init__(self, code, text, hint=""):
        super().__init__(f"error: {text}" + (f"\nhint: {hint}" if hint else ""))
        self.code = code


# The binding.


class Binding:
    """The wheel's compiled module, and ExecuTorch's target configuration on top of it."""

    def __init__(self, module, target_config):
        self.module = module
        self.targets = target_config

    def member(self, enum, name):
        """The member of an enum of the binding or of ExecuTorch. KeyError for another name."""
        return enum.__members__[name]

    def function(self, name):
        found = getattr(self.module, name, None)
        if found is None:
            raise Failure(NO_BINDING, f"this release's binding has no function '{name}'")
        return found


def load_binding(wheel, scratch_folder):
    """Imports the binding, from the wheel file if there is one, else from what is installed."""
    if wheel:
        sys.path.insert(0, unpack_wheel(wheel, scratch_folder))
    elif importlib.util.find_spec("executorch") is None:
        raise Failure(
            NO_BINDING,
            f"{sys.executable} has no package 'executorch', whose Cortex-M binding answers",
            "`tools/setup` installs it into .venv: run this with .venv/bin/python; or give a wheel: --wheel FILE",
        )
    try:
        module = importlib.import_module(f"{PACKAGE}.library._cmsis_nn.cmsis_nn")
        target_config = importlib.import_module(f"{PACKAGE}.target_config")
    except ImportError as error:
        raise Failure(
            NO_BINDING,
            f"the executorch package has no CMSIS-NN binding that Python {sys.version_info[0]}.{sys.version_info[1]} "
            f"can load: {error}",
            "use the Python that the wheel was made for, and release 1.5.1 or later",
        ) from error
    return Binding(module, target_config)


def unpack_wheel(wheel, folder):
    """Unpacks the Cortex-M part of the wheel, a few hundred KB of 20 MB. Returns what to add to sys.path."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            members = [name for name in archive.namelist() if name.startswith(FOLDER + "/")]
            archive.extractall(folder, members)
    except (OSError, zipfile.BadZipFile) as error:
        raise Failure(
            INVALID, f"{wheel}: {reason(error)}", "--wheel takes the executorch-*.whl of `pip download`"
        ) from error
    if not members:
        raise Failure(NO_BINDING, f"{wheel}: no folder {FOLDER} in it", "ExecuTorch has it since 1.5.1")
    return folder


# Rows.


def reason(error):
    """An OSError's text without the path, which the caller has said."""
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def read_rows(path):
    """The rows of a .jsonl file, or of the one file in a .zip, as (place, row)."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                if len(archive.namelist()) != 1:
                    raise Failure(INVALID, f"{path}: {len(archive.namelist())} files in it; one file of JSON lines")
                text = archive.read(archive.namelist()[0]).decode("utf-8")
        else:
            with open(path, encoding="utf-8") as file:
                text = file.read()
    except (OSError, UnicodeDecodeError, zipfile.BadZipFile) as error:
        raise Failure(INVALID, f"{path}: {reason(error)}") from error
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        place = f"{path}: line {number}"
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise Failure(INVALID, f"{place}: no JSON: {error.msg} at column {error.colno}") from error
        if not isinstance(row, dict):
            raise Failure(INVALID, f"{place}: {json.dumps(row)[:40]}; a JSON object")
        rows.append((place, row))
    if not rows:
        raise Failure(INVALID, f"{path}: no rows; a JSON object each line")
    return rows


def text_field(place, row, name):
    value = row.get(name)
    if not isinstance(value, str):
        raise Failure(INVALID, f"{place}: {name}: {'missing' if name not in row else json.dumps(value)}; a text")
    return value


def is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value < 2**31


def check_shape(place, row, name):
    count, value = FIELDS[name], row.get(name)
    if name not in row:
        raise Failure(INVALID, f"{place}: {name}: missing; {count or 'an'} integer{'s' if count else ''}")
    if (
        is_integer(value)
        if count == 0
        else isinstance(value, list) and len(value) == count and all(map(is_integer, value))
    ):
        return value
    raise Failure(
        INVALID,
        f"{place}: {name}: {json.dumps(value)[:60]}; {f'{count} integers' if count else 'an integer'} of 32 bits",
    )


def question_of(place, row):
    """The row without its answer, its fields in their order. Checks everything that is not the binding's to know."""
    op = text_field(place, row, "op").split("(")[0]
    if op not in SIZE_OPS and op not in CPU_OPS:
        raise Failure(INVALID, f"{place}: op: '{op}'; {', '.join([*SIZE_OPS, *CPU_OPS])}")
    question = {name: value for name, value in row.items() if name not in ("bytes", "error")}
    if op in CPU_OPS:
        for answer in ("backend", "target_string") + (("cpu",) if op == "from_target_string" else ()):
            question.pop(answer, None)
        text_field(place, row, "target" if op == "from_target_string" else "cpu")
        if row.get("isa") is not None:
            text_field(place, row, "isa")
        return op, question
    _, needed, optional = SIZE_OPS[op]
    for name in ("backend", "dtype"):
        text_field(place, row, name)
    for name in needed + tuple(name for name in optional if name in row):
        check_shape(place, row, name)
    for name in question:
        if name not in ("op", "backend", "dtype", *needed, *optional):
            raise Failure(
                INVALID, f"{place}: {name}: no field of '{op}'; {', '.join(('backend', 'dtype', *needed, *optional))}"
            )
    return op, question


def member_of(binding, place, enum, field, name):
    try:
        return binding.member(enum, name)
    except KeyError:
        names = ", ".join(enum.__members__)
        raise Failure(INVALID, f"{place}: {field}: '{name}'; this release has {names}") from None


def ask(binding, place, op, question):
    """The binding's answer: the fields that follow the question's."""
    module, targets = binding.module, binding.targets
    try:
        if op == "cmsis_nn.resolve_backend":
            cpu = member_of(binding, place, module.CortexM, "cpu", question["cpu"])
            return {"backend": module.resolve_backend(cpu).name}
        if op == "resolve":
            cpu = member_of(binding, place, targets.CortexM, "cpu", question["cpu"])
            isa = question.get("isa")
            isa = None if isa is None else member_of(binding, place, module.Backend, "isa", isa)
            config = targets.CortexMTargetConfig(cpu, isa)
            return {"target_string": config.target_string, "backend": config.backend.name}
        if op == "from_target_string":
            config = targets.CortexMTargetConfig.from_target_string(question["target"])
            return {"cpu": config.cpu.name, "backend": config.backend.name}
        backend = member_of(binding, place, module.Backend, "backend", question["backend"])
        data_type = member_of(binding, place, module.DataType, "dtype", question["dtype"])
        arguments = {name: value for name, value in question.items() if name in FIELDS}
        return {"bytes": binding.function(SIZE_OPS[op][0])(backend, data_type, **arguments)}
    except ValueError as error:
        return {"error": f"ValueError: {error}"}
    except TypeError as error:
        raise Failure(NO_BINDING, f"{place}: this release's binding takes other arguments: {error}") from error


def answered(binding, rows):
    """Each row with the binding's answer."""
    for place, row in rows:
        op, question = question_of(place, row)
        yield {**question, **ask(binding, place, op, question)}


# The grid.


def extent(size, padding, stride, dilation, kernel):
    return (size + 2 * padding - (dilation * (kernel - 1) + 1)) // stride + 1


def convolution_shapes(inputs, kernels, geometries):
    """(input h, w), (kernel h, w), padding, stride, dilation, (output h, w) of everything that fits."""
    for size, kernel, (padding, stride, dilation) in itertools.product(inputs, kernels, geometries):
        output = [extent(size[i], padding[i], stride[i], dilation[i], kernel[i]) for i in (0, 1)]
        if min(output) >= 1:
            yield size, kernel, list(padding), list(stride), list(dilation), output


ONE, TWO, NONE = (1, 1), (2, 2), (0, 0)
GEOMETRIES = [(NONE, ONE, ONE), ((1, 1), ONE, ONE), ((1, 1), TWO, ONE), (NONE, TWO, ONE), ((2, 2), ONE, TWO)]


def grid_questions():
    """Every call of the grid, without ISA and data type: borders of each rule, and shapes of real networks."""
    sizes = [(1, 16), (7, 5), (8, 8), (32, 32)]
    channels = [(1, 8), (3, 8), (3, 32), (4, 4), (8, 16), (15, 7), (16, 16), (17, 33), (64, 64), (96, 24), (320, 64)]
    kernels = [(1, 1), (1, 3), (1, 7), (3, 3), (5, 5), (10, 4)]
    for (h, w), (kh, kw), padding, stride, dilation, (oh, ow) in convolution_shapes(sizes, kernels, GEOMETRIES):
        geometry = {"padding_hw": padding, "stride_hw": stride, "dilation_hw": dilation}
        for inputs, outputs in channels:
            for groups in {1, 4 if inputs % 4 == 0 and outputs % 4 == 0 and 4 < inputs <= 16 else 1}:
                yield {
                    "op": "convolve_wrapper",
                    "input_nhwc": [1, h, w, inputs],
                    "filter_nhwc": [outputs, kh, kw, inputs // groups],
                    "output_nhwc": [1, oh, ow, outputs],
                    **geometry,
                }
    depthwise_kernels = [(1, 1), (1, 3), (2, 2), (3, 3), (5, 5)]
    for (h, w), (kh, kw), padding, stride, dilation, (oh, ow) in convolution_shapes(
        sizes, depthwise_kernels, GEOMETRIES
    ):
        geometry = {"padding_hw": padding, "stride_hw": stride, "dilation_hw": dilation}
        for inputs, multiplier in itertools.product((1, 3, 4, 8, 15, 16, 64, 124, 130), (1, 2, 8)):
            outputs = inputs * multiplier
            if outputs > 256:
                continue
            for op, filter_nhwc in (
                ("depthwise_conv_wrapper", [outputs, kh, kw, 1]),
                (DEPTHWISE_1HWC, [1, kh, kw, outputs]),
            ):
                yield {
                    "op": op,
                    "input_nhwc": [1, h, w, inputs],
                    "filter_nhwc": filter_nhwc,
                    "output_nhwc": [1, oh, ow, outputs],
                    **geometry,
                    "ch_mult": multiplier,
                }
    yield from transpose_conv_questions()
    for inputs, outputs in itertools.product((1, 3, 17, 64, 640, 1280), (1, 2, 10, 64, 1000)):
        yield {"op": "fully_connected", "filter_nhwc": [inputs, 1, 1, outputs]}
        yield {"op": BATCH_MATMUL, "filter_nhwc": [inputs, -1, -1, outputs]}
    for width, count in itertools.product((1, 2, 7, 112), (1, 3, 4, 15, 16, 64, 320, 1280)):
        yield {"op": "avgpool", "dim_dst_width": width, "ch_src": count}
    for filters, taps in itertools.product((1, 4, 16, 64, 256), (1, 5, 8, 10)):
        yield {"op": "svdf", "filter_nhwc": [filters, taps, 1, 1]}


def transpose_conv_questions():
    channels = [(1, 1), (3, 8), (8, 16), (15, 7), (16, 16), (17, 33), (64, 32)]
    for (h, w), kernel, stride, padding in itertools.product(
        ((1, 16), (4, 4), (7, 5)), (1, 2, 3, 5), (1, 2, 3), (0, 1)
    ):
        oh, ow = ((size - 1) * stride - 2 * padding + kernel for size in (h, w))
        if min(oh, ow) < 1:
            continue
        geometry = {"padding_hw": [padding] * 2, "stride_hw": [stride] * 2, "dilation_hw": [1, 1]}
        geometry["padding_offsets_hw"] = [0, 0]
        for inputs, outputs in channels:
            call = {"input_nhwc": [1, h, w, inputs], "filter_nhwc": [outputs, kernel, kernel, inputs]}
            yield {"op": "transpose_conv", **call, "output_nhwc": [1, oh, ow, outputs], **geometry}
            yield {"op": "transpose_conv_reverse_conv", **call, **geometry}


def grid_rows(binding):
    """The grid for every ISA and data type that this release knows, then its CPUs."""
    backends, types = binding.module.Backend.__members__, binding.module.DataType.__members__
    for fields in grid_questions():
        for data_type, backend in itertools.product(types, backends):
            yield "grid", {"op": fields["op"], "backend": backend, "dtype": data_type, **fields}
    for cpu in binding.module.CortexM.__members__:
        yield "grid", {"op": "cmsis_nn.resolve_backend", "cpu": cpu}
    for cpu in binding.targets.CortexM.__members__:
        for isa in (None, *backends):
            yield "grid", {"op": "resolve", "cpu": cpu, "isa": isa}
        yield "grid", {"op": "from_target_string", "target": "cortex-m" + cpu[1:].lower()}


# The command line.


def write_text(path, text):
    """To standard output, or to a file that appears when it is whole."""
    if path is None:
        sys.stdout.write(text)
        return
    partial = f"{path}.{os.getpid()}.partial"
    try:
        with open(partial, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(partial, path)
    except OSError as error:
        raise Failure(INVALID, f"{path}: {reason(error)}") from error


def parse_arguments(arguments):
    class Parser(argparse.ArgumentParser):
        def error(self, message):
            raise Failure(USAGE, message, "see --help")

    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    questions = parser.add_mutually_exclusive_group(required=True)
    questions.add_argument("--rows", metavar="FILE", help="ask the questions of this .jsonl or .zip again")
    questions.add_argument("--grid", action="store_true", help="ask the questions of a grid of shapes")
    parser.add_argument("--output", metavar="FILE", help="where the rows go; standard output without")
    parser.add_argument("--wheel", metavar="FILE", help="a downloaded executorch wheel instead of the installed one")
    return parser.parse_args(arguments)


def run(arguments):
    options = parse_arguments(arguments)
    # Rows are read and checked before the binding is loaded: their faults show on any machine.
    rows = read_rows(options.rows) if options.rows else None
    for place, row in rows or ():
        question_of(place, row)
    with tempfile.TemporaryDirectory(prefix="pudu_scratch_golden_") as folder:
        binding = load_binding(options.wheel, folder)
        asked = rows if rows is not None else list(grid_rows(binding))
        answers = list(answered(binding, asked))
    text = io.StringIO()
    for answer in answers:
        text.write(json.dumps(answer) + "\n")
    write_text(options.output, text.getvalue())
    summary = f"{len(answers):,} rows"
    if rows is not None:
        changed = sum(answer != row for answer, (_, row) in zip(answers, rows))
        summary += f", {changed:,} with another answer than in {options.rows}"
    print(summary, file=sys.stderr)


def main():
    try:
        run(sys.argv[1:])
    except Failure as failure:
        print(failure, file=sys.stderr)
        sys.exit(failure.code)


if __name__ == "__main__":
    main()
