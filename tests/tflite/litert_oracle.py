"""Runs many small .tflite models in LiteRT's interpreter, all in one process.

usage: litert_oracle.py BATCH RESULTS

BATCH and RESULTS are binary, little-endian; a blob is a u32 size and its bytes.
  BATCH    u32 cases; each: u8 resolver, blob model, u32 inputs, a blob for each: those of one run, or of several runs in
           a row, between which the interpreter keeps variables
  RESULTS  for each case: u8 1, u32 outputs of all runs, a blob for each; or u8 0, blob with the interpreter's error
Resolver 0 is BUILTIN_WITHOUT_DEFAULT_DELEGATES, resolver 1 is BUILTIN_REF.
"""

import struct
import sys

import numpy
from ai_edge_litert.interpreter import Interpreter, OpResolverType

RESOLVERS = (OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES, OpResolverType.BUILTIN_REF)


class Reader:
    def __init__(self, data):
        self.data = memoryview(data)
        self.position = 0

    def number(self, format_character):
        size = struct.calcsize("<" + format_character)
        (value,) = struct.unpack_from("<" + format_character, self.data, self.position)
        self.position += size
        return value

    def blob(self):
        size = self.number("I")
        self.position += size
        return bytes(self.data[self.position - size : self.position])


def blob(data):
    return struct.pack("<I", len(data)) + data


def run(resolver, model, inputs):
    interpreter = Interpreter(model_content=model, experimental_op_resolver_type=RESOLVERS[resolver], num_threads=1)
    interpreter.allocate_tensors()
    details = interpreter.get_input_details()
    outputs = []
    for begin in range(0, max(len(inputs), 1), max(len(details), 1)):
        for detail, data in zip(details, inputs[begin : begin + len(details)], strict=True):
            values = numpy.frombuffer(data, dtype=detail["dtype"]).reshape(detail["shape"])
            interpreter.set_tensor(detail["index"], values)
        interpreter.invoke()
        outputs += [interpreter.get_tensor(detail["index"]).tobytes() for detail in interpreter.get_output_details()]
    return outputs


def answer(resolver, model, inputs):
    try:
        outputs = run(resolver, model, inputs)
    except (RuntimeError, ValueError) as error:
        return struct.pack("<B", 0) + blob(str(error).encode())
    return struct.pack("<BI", 1, len(outputs)) + b"".join(map(blob, outputs))


def main(batch_file, results_file):
    with open(batch_file, "rb") as file:
        batch = Reader(file.read())
    with open(results_file, "wb") as results:
        for _ in range(batch.number("I")):
            resolver = batch.number("B")
            model = batch.blob()
            inputs = [batch.blob() for _ in range(batch.number("I"))]
            results.write(answer(resolver, model, inputs))


if __name__ == "__main__":
    main(*sys.argv[1:])
