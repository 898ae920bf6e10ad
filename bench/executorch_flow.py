"""Compiles a model with the wheel's own Cortex-M flow, as its aot_arm_compiler does, and prints what it took.

usage: executorch_flow.py MODEL.pt2 CALIBRATION

Run by bench/compile with a Python that has torch and executorch. CALIBRATION is .npy, samples on the first axis, or
.npz with in0, in1, ... The last line on standard output is one JSON object: wall_seconds and cpu_seconds, both without
the imports.
"""

import json
import sys
import time
import warnings

import numpy
import torch
from executorch.backends.cortex_m.edge_compile_config import cortex_m_edge_compile_config
from executorch.backends.cortex_m.passes.cortex_m_pass_manager import CortexMPassManager
from executorch.backends.cortex_m.quantizer.quantizer import CortexMQuantizer
from executorch.backends.cortex_m.target_config import CortexM, CortexMTargetConfig
from executorch.exir import ExecutorchBackendConfig, to_edge_transform_and_lower
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e


def channels_last(tensor):
    return tensor.contiguous(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor


def samples_of(file, shapes):
    """Tuples of inputs of the model's shapes; a sample may lack the model's own batch of 1."""
    data = numpy.load(file)
    arrays = [data[f"in{index}"] for index in range(len(data.files))] if file.endswith(".npz") else [data]
    return [
        tuple(channels_last(torch.from_numpy(array[sample]).reshape(shape)) for array, shape in zip(arrays, shapes))
        for sample in range(len(arrays[0]))
    ]


def compile_model(model_file, calibration_file):
    program = torch.export.load(model_file)
    shapes = [
        program.graph_module.graph.find_nodes(op="placeholder", target=spec.arg.name)[0].meta["val"].shape
        for spec in program.graph_signature.input_specs
        if spec.kind == torch.export.graph_signature.InputKind.USER_INPUT
    ]
    samples = samples_of(calibration_file, shapes)
    module = program.module().to(memory_format=torch.channels_last)
    module = torch.export.export(module, samples[0]).module()
    prepared = prepare_pt2e(module, CortexMQuantizer())
    for sample in samples:
        prepared(*sample)
    quantized = torch.export.export(convert_pt2e(prepared), samples[0])
    edge = to_edge_transform_and_lower(quantized, compile_config=cortex_m_edge_compile_config())
    passes = CortexMPassManager(edge.exported_program(), target_config=CortexMTargetConfig(cpu=CortexM.M55))
    edge._edge_programs["forward"] = passes.transform()
    return edge.to_executorch(config=ExecutorchBackendConfig(extract_delegate_segments=False)).buffer


def main():
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    wall, cpu = time.monotonic(), time.process_time()
    program = compile_model(sys.argv[1], sys.argv[2])
    seconds = {"wall_seconds": time.monotonic() - wall, "cpu_seconds": time.process_time() - cpu}
    print(json.dumps({**seconds, "pte_bytes": len(program)}))


if __name__ == "__main__":
    main()
