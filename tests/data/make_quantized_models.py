"""Writes tests/data/quantized/: networks that PT2E has quantized, as torch.export.save stores them.

For each NAME: NAME.pt2 (behind convert_pt2e, exported again) and NAME.npz with
  in0    samples, stacked on axis 0
  out0   what torch computes from each: float operators between quantize and dequantize nodes
  scale, zero_point (int8) of the result of each quantize operator, in the order of the graph

torch 2.13.0, torchao 0.18.0, executorch 1.5.1 (for its quantizers); seeded weights and samples.
usage: make_quantized_models.py OUT_FOLDER
"""

import pathlib
import sys

import numpy as np
import torch
import torchao.quantization.quant_primitives  # noqa: F401 (registers torch.ops.torchao)
from torch import nn
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e


class Residual(nn.Module):
    """Convolution, depthwise, pointwise, a residual sum, both poolings, a linear layer behind a flattening."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.pointwise = nn.Conv2d(8, 8, 1, bias=False)
        self.fc = nn.Linear(8 * 4 * 4, 5)

    def forward(self, x):
        x = torch.relu(self.norm(self.stem(x)))
        y = self.pointwise(nn.functional.relu6(self.depthwise(x)))
        x = nn.functional.max_pool2d(torch.relu(x + y), 2)
        x = nn.functional.avg_pool2d(x, 2)
        return self.fc(torch.flatten(x, 1))


class Inverted(nn.Module):
    """An inverted residual of MobileNetV2 with relu6, and its classifier over the mean of the image."""

    def __init__(self):
        super().__init__()

        def layer(i, o, k, groups=1, stride=1):
            return [nn.Conv2d(i, o, k, stride, k // 2, groups=groups, bias=False), nn.BatchNorm2d(o)]

        self.stem = nn.Sequential(*layer(3, 8, 3, stride=2), nn.ReLU6())
        self.block = nn.Sequential(*layer(8, 24, 1), nn.ReLU6(), *layer(24, 24, 3, 24), nn.ReLU6(), *layer(24, 8, 1))
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        x = self.stem(x)
        x = x + self.block(x)
        return self.head(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1))


class PartlyFloat(nn.Module):
    """A GELU and a softmax that the quantizer leaves in float, between layers that it quantizes."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(12, 16), nn.Linear(16, 6)

    def forward(self, x):
        return torch.softmax(self.second(nn.functional.gelu(self.first(x))), 1)


class Joined(nn.Module):
    """Branches that are concatenated, and a signal of one dimension: reshapes around the convolution."""

    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Conv1d(4, 6, 3, padding=1), nn.Conv1d(4, 6, 5, padding=2)
        self.out = nn.Conv1d(12, 3, 1)

    def forward(self, x):
        return self.out(torch.cat([torch.relu(self.left(x)), self.right(x)], 1))


def mobile_samples(count, *shape):
    return torch.randn(count, 1, *shape) * 0.7 + 0.2


def spread(model):
    """Statistics of batch norm as training leaves them, channels of different sizes."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.3, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.2)
    return model.eval()


def xnnpack(per_channel):
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
        XNNPACKQuantizer,
        get_symmetric_quantization_config,
    )

    return XNNPACKQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=per_channel))


def cortex_m():
    from executorch.backends.cortex_m.quantizer.quantizer import CortexMQuantizer

    return CortexMQuantizer()


def tosa():
    from executorch.backends.arm.quantizer import TOSAQuantizer, get_symmetric_quantization_config
    from executorch.backends.arm.tosa.specification import TosaSpecification

    specification = TosaSpecification.create_from_string("TOSA-1.0+INT")
    return TOSAQuantizer(specification).set_global(get_symmetric_quantization_config())


def quantized(model, quantizer, samples, fold=True):
    module = torch.export.export(model, (samples[0],)).module(check_guards=False)
    prepared = prepare_pt2e(module, quantizer)
    for sample in samples:
        prepared(sample)
    return convert_pt2e(prepared, fold_quantize=fold)


def as_unsigned(module):
    """int8 activations as uint8 ones of the same numbers: zero points moved by 128."""
    ops = torch.ops.quantized_decomposed
    for node in module.graph.nodes:
        if node.target in (ops.quantize_per_tensor.default, ops.dequantize_per_tensor.default):
            value, scale, zero_point, low, high, dtype = node.args
            if dtype == torch.int8 and (low, high) == (-128, 127):
                node.args = (value, scale, zero_point + 128, 0, 255, torch.uint8)
    module.recompile()
    return module


class Affine(nn.Module):
    """torchao's operators, as its affine observers put them in."""

    def __init__(self):
        super().__init__()
        weight = torch.randn(7, 9)
        self.register_buffer("weight_scale", weight.abs().amax(1) / 127)
        self.register_buffer("codes", torch.round(weight / self.weight_scale[:, None]).to(torch.int8))
        self.bias = nn.Parameter(torch.randn(7))
        for name, scale, zero_point in (("x", 0.03, 10), ("y", 0.09, -20)):
            self.register_buffer(name + "_scale", torch.tensor([scale]))
            self.register_buffer(name + "_zero_point", torch.tensor([zero_point]))

    def pair(self, value, scale, zero_point):
        ops, block = torch.ops.torchao, list(value.shape)
        codes = ops.quantize_affine(value, block, scale, zero_point, torch.int8, -128, 127)
        return ops.dequantize_affine(codes, block, scale, zero_point, torch.int8, -128, 127)

    def forward(self, x):
        x = self.pair(x, self.x_scale, self.x_zero_point)
        weight = torch.ops.torchao.dequantize_affine(
            self.codes, [1, 9], self.weight_scale, None, torch.int8, -127, 127
        )
        return self.pair(nn.functional.linear(x, weight, self.bias), self.y_scale, self.y_zero_point)


def numbers_of(program):
    """Parameters of every quantize node, as int8."""
    ops = torch.ops.quantized_decomposed
    scales, zero_points = [], []
    for node in program.graph.nodes:
        if node.target == ops.quantize_per_tensor.default:
            shift = 128 if node.args[5] == torch.uint8 else 0
            scales.append(node.args[1])
            zero_points.append(node.args[2] - shift)
    return np.float32(scales), np.int32(zero_points)


def write(folder, name, module, samples):
    program = torch.export.export(module, (samples[0],))
    torch.export.save(program, folder / f"{name}.pt2")
    with torch.no_grad():
        outputs = [program.module(check_guards=False)(sample).numpy() for sample in samples]
    scales, zero_points = numbers_of(program)
    np.savez_compressed(
        folder / f"{name}.npz",
        in0=np.stack([sample.numpy() for sample in samples]),
        out0=np.stack(outputs),
        scale=scales,
        zero_point=zero_points,
    )


def main(folder):
    folder = pathlib.Path(folder)
    folder.mkdir(exist_ok=True)
    torch.manual_seed(10)
    image, small = mobile_samples(8, 3, 16, 16), mobile_samples(8, 12)
    vector, signal = small, mobile_samples(8, 4, 20)
    residual, inverted = spread(Residual()), spread(Inverted())
    write(folder, "residual_per_channel", quantized(residual, xnnpack(True), image), image)
    write(folder, "residual_per_tensor", quantized(residual, xnnpack(False), image), image)
    write(folder, "residual_unfolded", quantized(residual, xnnpack(True), image, fold=False), image)
    write(folder, "residual_uint8", as_unsigned(quantized(residual, xnnpack(True), image)), image)
    write(folder, "residual_tosa", quantized(residual, tosa(), image), image)
    write(folder, "inverted_xnnpack", quantized(inverted, xnnpack(True), image), image)
    nhwc = [sample.to(memory_format=torch.channels_last) for sample in image]
    write(folder, "inverted_cortex_m", quantized(inverted.to(memory_format=torch.channels_last), cortex_m(), nhwc), nhwc)
    write(folder, "partly_float", quantized(PartlyFloat().eval(), xnnpack(True), vector), vector)
    write(folder, "joined", quantized(Joined().eval(), xnnpack(True), signal), signal)
    write(folder, "affine", Affine().eval(), mobile_samples(8, 9))


if __name__ == "__main__":
    main(sys.argv[1])
