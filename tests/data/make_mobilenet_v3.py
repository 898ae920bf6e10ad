"""Writes models/mobilenet_v3_small_025.*: torchvision's MobileNetV3-small at a quarter of its width, for 64x64 images.
Weights are random and seeded, batch norms settled on random images. Needs examples/export/requirements.txt.
"""

import pathlib
import sys

import numpy
import torch

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1] / "examples" / name) for name in ("export", "mnist")]
from export_pt2 import save_program  # noqa: E402
from library_networks import torchvision  # noqa: E402
from network import Network, image, inputs, prepare  # noqa: E402

NAME = "mobilenet_v3_small_025"
CALIBRATION_SAMPLES = 4


def build():
    return torchvision.models.mobilenet_v3_small(weights=None, num_classes=10, width_mult=0.25)


def main():
    network = Network(build, image(64))
    model, generator = prepare(NAME, network)
    samples = [inputs(network, generator)[0] for _ in range(CALIBRATION_SAMPLES)]
    (held_out,) = inputs(network, generator)
    with torch.no_grad():
        expected = model(held_out)
        program = torch.export.export(model, (held_out,), strict=False)
    path = HERE / "models" / NAME
    save_program(program, path.with_suffix(".pt2"))
    numpy.save(path.with_suffix(".calib0.npy"), torch.stack(samples).numpy())
    numpy.save(path.with_suffix(".in0.npy"), held_out.numpy())
    numpy.save(path.with_suffix(".out0.npy"), expected.numpy())


if __name__ == "__main__":
    main()
