#!/usr/bin/env python3
"""Makes tests/data/pte/pudu: programs that Pudu wrote, and what ExecuTorch's Python reference operators compute of them.

    python tests/data/make_pte_goldens.py PUDU_BINARY

Run by hand, with the Python that tools/pte_reference.py needs. The programs are kept as files, so that a change of the
quantizer does not touch them: what is tested is that the stock runtime with Pudu's kernels gives the reference's bytes.
Left out is what the reference computes in another way (docs/executorch.md).
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy

ROOT = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT.parent.parent / "tools"))
import pte_reference  # noqa: E402

# Name, target, operators.
NETWORKS = [("tiny_cnn", "cortex-m55", "nhwc"), ("ds_cnn", "any", "classic")]
PROBES = [
    ("avgpool_pad_incl", "nhwc"),
    ("cat", "nhwc"),
    ("channel_shuffle", "classic"),
    ("chunk_add", "nhwc"),
    ("conv_gelu", "nhwc"),
    ("conv_circular_pad", "nhwc"),
    ("convt_outpad", "nhwc"),
    ("dwconv_batch4", "classic"),
    ("linear_3d", "nhwc"),
    ("matmul4d", "nhwc"),
    ("maxpool_pad", "classic"),
    ("min_max", "nhwc"),
    ("mul_broadcast_c11_se", "nhwc"),
    ("permute_flatten_linear", "classic"),
]


def make(pudu, model, calibration, inputs, options, name):
    out = ROOT / "pte" / "pudu"
    out.mkdir(parents=True, exist_ok=True)
    program = out / f"{name}.pte"
    command = [pudu, "compile", model, "--calibration", calibration, "--io", "float32", "-q", "-o", program, *options]
    subprocess.run([str(word) for word in command], check=True)
    for index, output in enumerate(pte_reference.Method(program.read_bytes()).run(inputs)):
        numpy.save(out / f"{name}.ref{index}.npy", output)


def main(pudu):
    for name, target, operators in NETWORKS:
        models = ROOT / "models"
        options = ["--target", target, "--pte-operators", operators]
        inputs = [numpy.load(models / f"{name}.in0.npy")]
        make(pudu, models / f"{name}.pt2", models / f"{name}.calib0.npy", inputs, options, name)
    for name, operators in PROBES:
        arrays = numpy.load(ROOT / "probes" / f"{name}.npz")
        inputs = [arrays[f"in{index}"] for index in range(sum(key.startswith("in") for key in arrays))]
        with tempfile.TemporaryDirectory() as folder:
            calibration = pathlib.Path(folder) / "calibration.npz"
            samples = {key.replace("calib", "in"): arrays[key] for key in arrays if key.startswith("calib")}
            numpy.savez(calibration, **samples)
            options = ["--target", "cortex-m4", "--pte-operators", operators]
            make(pudu, ROOT / "probes" / f"{name}.pt2", calibration, inputs, options, name)


if __name__ == "__main__":
    main(sys.argv[1])
