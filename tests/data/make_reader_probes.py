"""Writes reader/NAME.pt2 and reader/NAME.npz: one small exported module for each thing a .pt2 file can hold.

The .npz holds the flattened inputs in0.., torch's outputs out0.., and calib0..: four calibration samples stacked on a
new axis 0. Needs torch 2.13.0 (examples/mnist/requirements.txt); the tests need only what it wrote.
Usage: make_reader_probes.py [NAME...]
"""

import copy
import pathlib
import sys
import zlib

import numpy
import torch
from torch import nn
from torch.nn import functional
from torch.utils import _pytree

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "examples" / "mnist"))
from export_pt2 import save_program  # noqa: E402

CALIBRATION_SAMPLES = 4
PROBES = {}  # name: Probe


class Probe:
    """How to build and export one module. Inputs are drawn standard normal unless `inputs` gives a function."""

    def __init__(self, build, inputs, kwargs=None, strict=False, dynamic_shapes=None, rewrite=lambda program: program):
        self.build, self.inputs, self.kwargs = build, inputs, kwargs or (lambda: {})
        self.strict, self.dynamic_shapes, self.rewrite = strict, dynamic_shapes, rewrite


def image(channels=4, size=8, batch=1):
    return lambda: (torch.randn(batch, channels, size, size),)


def probe(name, build, inputs=None, **options):
    PROBES[name] = Probe(build, inputs or image(), **options)


class Function(nn.Module):
    """A module whose forward is `body(module, *inputs)`, with the given submodules and tensors as attributes."""

    def __init__(self, body, parameters=(), buffers=(), **modules):
        super().__init__()
        self.body = body
        for key, module in modules.items():
            setattr(self, key, module)
        for key, value in dict(parameters).items():
            self.register_parameter(key, nn.Parameter(value, requires_grad=value.is_floating_point()))
        for key, value in dict(buffers).items():
            self.register_buffer(key, value)

    def forward(self, *inputs, **kwargs):
        return self.body(self, *inputs, **kwargs)


def conv(inputs=4, outputs=4, kernel=3, **options):
    return nn.Conv2d(inputs, outputs, kernel, **{"padding": 1 if kernel == 3 else 0, **options})


def unary(function, **modules):
    """conv, then an activation: the ordinary place of one."""
    return lambda: Function(lambda m, x: function(m, m.conv(x)), conv=conv(), **modules)


# --- In-place operators: the mutated value is used again under its old name -------------------------------------------


def relu_used_by_name(m, x):
    y = m.first(x)
    z = y.relu_()
    return m.second(y) + z


def add_used_by_name(m, x):
    y = m.first(x)
    y.add_(x)
    z = m.second(y)
    y.mul_(0.5)
    return z + y


def inplace_chain(m, x):
    y = m.first(x)
    functional.hardswish(y, inplace=True)
    functional.dropout(y, 0.3, training=False, inplace=True)
    functional.hardtanh(y, -1.0, 1.5, inplace=True)
    y.sub_(0.25).clamp_(min=0.0)
    return m.second(y.detach())


def inplace_on_input(m, x):
    x.relu_()
    return m.first(x) + x


def inplace_through_view(m, x):
    y = m.first(x)
    y.view(1, -1).relu_()
    return m.second(y)


def inplace_after_read(m, x):
    y = m.first(x)
    before = y * 2.0
    y.relu_()
    return before + y


def use_old_names(program):
    """Lets every use of an in-place operator's result name the mutated input instead: the same program."""
    for node in program.graph.nodes:
        if node.op == "call_function" and node.target._schema.is_mutable:
            # The graph's output keeps the new name, else nothing would use the last operator.
            node.replace_all_uses_with(node.args[0], delete_user_cb=lambda user: user.op != "output")
    program.graph_module.recompile()
    return program


for function in (relu_used_by_name, add_used_by_name, inplace_chain, inplace_on_input, inplace_through_view,
                 inplace_after_read):
    name = function.__name__ if function.__name__.startswith("inplace") else f"inplace_{function.__name__}"
    probe(name, lambda body=function: Function(body, first=conv(), second=conv()))
for function in (relu_used_by_name, add_used_by_name, inplace_chain, inplace_after_read):
    probe(f"old_names_{function.__name__.removeprefix('inplace_')}",
          lambda body=function: Function(body, first=conv(), second=conv()), rewrite=use_old_names)


class CountCalls(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = conv()
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, x):
        self.calls.add_(1.0)
        return self.conv(x) + self.calls


def decompose(program):
    return program.run_decompositions()


probe("buffer_mutation", CountCalls)
probe("decomposed_buffer_mutation", CountCalls, rewrite=decompose)


# --- Weights: storage, strides, dtypes --------------------------------------------------------------------------------


def tied_linear():
    model = Function(lambda m, x: m.second(torch.relu(m.first(x))), first=nn.Linear(8, 8), second=nn.Linear(8, 8))
    model.second.weight = model.first.weight
    return model


def viewed_buffers():
    big = torch.randn(20)
    table = torch.randn(3, 5)
    buffers = {"big": big, "offset": big[5:10], "stepped": big[::4], "transposed": table.t()}
    return Function(lambda m, x: (x @ m.transposed) + (m.offset * m.stepped)[2:] + m.big[:3], buffers=buffers)


def non_persistent_buffer():
    model = Function(lambda m, x: m.conv(x) * m.gain, conv=conv())
    model.register_buffer("gain", torch.rand(4, 1, 1) + 0.5, persistent=False)
    return model


def low_precision(dtype):
    return lambda: Function(
        lambda m, x: functional.conv2d(x, m.weight.to(torch.float32), m.bias.float(), padding=1),
        parameters={"weight": (torch.randn(4, 4, 3, 3) * 0.2).to(dtype), "bias": torch.randn(4).to(dtype)},
    )


def constant_in_forward(m, x):
    return m.conv(x) * torch.tensor([1.0, -0.5, 2.0, 0.25]).view(1, 4, 1, 1) + torch.tensor(0.5)


probe("tied_linear", tied_linear, lambda: (torch.randn(1, 8),))
probe("viewed_buffers", viewed_buffers, lambda: (torch.randn(1, 5),))
probe("non_persistent_buffer", non_persistent_buffer)
probe("channels_last_weights",
      lambda: nn.Sequential(conv(4, 8), nn.ReLU(), conv(8, 4, 1)).to(memory_format=torch.channels_last))
probe("float16_weights", low_precision(torch.float16))
probe("bfloat16_weights", low_precision(torch.bfloat16))
probe("float64_scalar_buffer", lambda: Function(lambda m, x: m.conv(x) * m.gain, conv=conv(),
                                                buffers={"gain": torch.tensor(0.7, dtype=torch.float64)}))
probe("constant_in_forward", lambda: Function(constant_in_forward, conv=conv()))
probe("batch_norm_without_affine", lambda: nn.Sequential(conv(), nn.BatchNorm2d(4, affine=False), nn.ReLU()))
probe("batch_norm_1d", lambda: nn.Sequential(nn.Linear(8, 6), nn.BatchNorm1d(6), nn.ReLU()),
      lambda: (torch.randn(2, 8),))
probe("batch_norm_shared_conv", lambda: Function(lambda m, x: m.norm(y := m.conv(x)) + y, conv=conv(),
                                                 norm=nn.BatchNorm2d(4)))


# --- Signatures: inputs, outputs, batch, dialects ---------------------------------------------------------------------


def two_inputs_two_outputs(m, image, vector):
    features = torch.relu(m.conv(image))
    return m.linear(features.mean((2, 3)) + vector), features


def residual_classifier():
    def body(m, x):
        y = functional.hardtanh(m.norm(m.first(x)), 0.0, 6.0)
        y = functional.max_pool2d(functional.hardswish(m.depthwise(y) + y), 2)
        y = functional.adaptive_avg_pool2d(functional.dropout(torch.cat([y, y], 1), training=False), 1)
        return functional.softmax(m.linear(y.flatten(1)), dim=-1)

    return Function(body, first=conv(4, 8, stride=2), norm=nn.BatchNorm2d(8), depthwise=conv(8, 8, groups=8),
                    linear=nn.Linear(16, 5))


def view_by_size(m, x):
    y = torch.relu(m.conv(x))
    return m.linear(y.view(y.size(0), -1))


def grouped_by_size(m, x):
    batch, channels = x.shape[:2]
    return m.conv(x).reshape(batch * 2, channels // 2, -1).reshape(batch, -1)


class DictInput(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 4)

    def forward(self, features):
        return {"sum": self.linear(features["left"]) + self.linear(features["right"]), "left": features["left"] * 2}


class KeywordInput(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = conv()

    def forward(self, x, *, gain):
        return self.conv(x) * gain


class ConstantInput(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = conv()

    def forward(self, x, times, label=None):
        return self.conv(x) * times, times, label


BATCH = torch.export.Dim("batch", min=1, max=64)
probe("two_inputs_two_outputs", lambda: Function(two_inputs_two_outputs, conv=conv(), linear=nn.Linear(4, 3)),
      lambda: (torch.randn(1, 4, 8, 8), torch.randn(1, 4)))
probe("dict_inputs", DictInput, lambda: ({"left": torch.randn(1, 8), "right": torch.randn(1, 8)},))
probe("keyword_input", KeywordInput, image(), kwargs=lambda: {"gain": torch.randn(1, 4, 1, 1)})
probe("constant_input", ConstantInput, lambda: (torch.randn(1, 4, 8, 8), 3))
probe("output_twice", lambda: Function(lambda m, x: (y := torch.relu(m.conv(x)), y), conv=conv()))
probe("output_is_input", lambda: Function(lambda m, x: (x, m.conv(x)), conv=conv()))
probe("output_is_weight", lambda: Function(lambda m, x: (m.conv(x), m.conv.bias), conv=conv()))
probe("dynamic_batch_view", lambda: Function(view_by_size, conv=conv(4, 2), linear=nn.Linear(128, 5)),
      image(batch=4), dynamic_shapes=(({0: BATCH},),))
probe("dynamic_batch_arithmetic", lambda: Function(grouped_by_size, conv=conv()), image(batch=4),
      dynamic_shapes=(({0: BATCH},),))
probe("strict_export", residual_classifier, strict=True)
probe("decomposed_residual", residual_classifier, rewrite=decompose)
probe("decomposed_tiny_cnn", lambda: torch.export.load(HERE / "models" / "tiny_cnn.pt2").module(),
      lambda: (torch.from_numpy(numpy.load(HERE / "models" / "tiny_cnn.in0.npy")),), rewrite=decompose)
probe("decomposed_inplace", lambda: Function(add_used_by_name, first=conv(), second=conv()), rewrite=decompose)


def autocast_block(m, x):
    """Exported as an operator that holds the block as a graph."""
    with torch.autocast("cpu", enabled=False):
        y = m.first(x).relu()
        z = y + x
    with torch.no_grad():
        z = m.second(z) * y
    return z + y


probe("autocast_block", lambda: Function(autocast_block, first=conv(), second=conv()))
probe("unsupported_operators", lambda: Function(
    lambda m, x: torch.sort(torch.cumsum(m.conv(x), 1), 2)[0] + torch.fft.fft2(x).real, conv=conv()))
probe("unsupported_branch", lambda: Function(
    lambda m, x: torch.cond(x.sum() > 0, lambda y: m.conv(y), lambda y: y * 2.0, (x,)), conv=conv()))
probe("infinite_bound", unary(lambda m, x: functional.hardtanh(x, 0.25, float("inf"))))


# --- Operators: arguments and their defaults --------------------------------------------------------------------------

probe("conv_padding_same", lambda: conv(padding="same"))
probe("conv_padding_same_even_kernel", lambda: conv(kernel=(4, 2), padding="same"))
probe("conv_padding_same_dilated", lambda: conv(padding="same", dilation=2))
probe("conv_padding_valid", lambda: conv(padding="valid"))
probe("conv_groups", lambda: conv(4, 6, groups=2))
probe("conv_rectangular", lambda: conv(kernel=(3, 5), stride=(1, 2), padding=(0, 3), dilation=(2, 1)))
probe("depthwise_dilated_multiplier", lambda: conv(4, 12, groups=4, padding=2, dilation=2))
probe("linear_matmul", lambda: Function(lambda m, x: x @ m.weight + 0.5, parameters={"weight": torch.randn(8, 3)}),
      lambda: (torch.randn(2, 8),))
probe("linear_addmm", lambda: Function(lambda m, x: torch.addmm(m.bias, x, m.weight, beta=0.5, alpha=2.0),
                                       parameters={"weight": torch.randn(8, 3), "bias": torch.randn(3)}),
      lambda: (torch.randn(2, 8),))
probe("add_alpha", lambda: Function(lambda m, x: torch.add(m.conv(x), x, alpha=0.5), conv=conv()))
probe("mean_keepdim", lambda: Function(lambda m, x: m.conv(x).mean([-1, -2], keepdim=True), conv=conv()))
probe("reshape_family", lambda: Function(
    lambda m, x: m.conv(x).permute(0, 2, 3, 1).unsqueeze(1).squeeze(1).transpose(1, 3).reshape(1, 2, -1).flatten(),
    conv=conv()))
probe("pad_constant", lambda: Function(lambda m, x: m.conv(functional.pad(x, (1, 2, 0, 3), value=0.5)), conv=conv()))
probe("softmax_channels", lambda: Function(lambda m, x: m.conv(x).softmax(1), conv=conv()))
probe("concat_three", lambda: Function(lambda m, x: torch.cat([m.conv(x), x, torch.relu(x)], dim=-3), conv=conv()))

POOLS = {
    "adaptive_avg_2x2": nn.AdaptiveAvgPool2d(2),
    "adaptive_avg_none": nn.AdaptiveAvgPool2d((None, 3)),
    "adaptive_max_2x2": nn.AdaptiveMaxPool2d(2),
    "avg_pad_counted": nn.AvgPool2d(3, 2, 1, count_include_pad=True),
    "avg_pad_not_counted": nn.AvgPool2d(3, 2, 1, count_include_pad=False),
    "avg_ceil": nn.AvgPool2d(3, 2, ceil_mode=True),
    "avg_ceil_pad_counted": nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=True),
    "avg_ceil_pad_not_counted": nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False),
    "avg_divisor": nn.AvgPool2d(2, divisor_override=3),
    "max_default_stride": nn.MaxPool2d((2, 3)),
    "max_ceil": nn.MaxPool2d(3, 2, ceil_mode=True),
    "max_dilated_padded": nn.MaxPool2d(3, 1, 1, dilation=2),
}
for name, pool in POOLS.items():
    probe(f"pool_{name}", lambda pool=pool: nn.Sequential(conv(), pool))

ACTIVATIONS = {
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
    "hardswish": nn.Hardswish(),
    "hardsigmoid": nn.Hardsigmoid(),
    "hardtanh": nn.Hardtanh(-0.5, 1.25),
    "relu6": nn.ReLU6(),
    "silu": nn.SiLU(),
    "gelu": nn.GELU(),
    "gelu_tanh": nn.GELU(approximate="tanh"),
    "elu": nn.ELU(0.7),
    "leaky_relu": nn.LeakyReLU(),
    "leaky_relu_steep": nn.LeakyReLU(0.2),
    "softplus": nn.Softplus(),
    "mish": nn.Mish(),
    "prelu": nn.PReLU(),
    "prelu_channels": nn.PReLU(4),
}
for name, activation in ACTIVATIONS.items():
    probe(f"act_{name}", unary(lambda m, x: m.activation(x), activation=activation))
probe("act_clamp", unary(lambda m, x: x.clamp(-0.25, 0.75)))
probe("act_clamp_min", unary(lambda m, x: torch.clamp_min(x, -0.1)))
probe("act_hardswish_written_out", unary(lambda m, x: x * functional.relu6(x + 3.0) / 6.0))


# --- Writing ----------------------------------------------------------------------------------------------------------


def randomize_statistics(model):
    """Batch-norm statistics and affine parameters away from their initial 0 and 1, so that folding them matters."""
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.running_mean.normal_(0.0, 0.3)
            module.running_var.uniform_(0.5, 1.5)
            if module.affine:
                nn.init.uniform_(module.weight, 0.7, 1.3)
                nn.init.normal_(module.bias, 0.0, 0.3)


def copy_tensors(tree):
    """Clones every tensor: a module that works in place must not change what is saved."""
    return _pytree.tree_map(lambda leaf: leaf.clone() if isinstance(leaf, torch.Tensor) else leaf, tree)


def tensor_leaves(tree):
    return [leaf.detach().numpy() for leaf in _pytree.tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


def write(name, what, folder):
    torch.manual_seed(zlib.crc32(name.encode()))
    model = what.build()
    if not isinstance(model, torch.fx.GraphModule):  # an exported module is in eval mode and refuses eval()
        model.eval()
    randomize_statistics(model)
    arguments, keywords = what.inputs(), what.kwargs()
    arrays = {f"in{i}": leaf for i, leaf in enumerate(tensor_leaves(copy_tensors((arguments, keywords))))}
    with torch.no_grad():
        outputs = tensor_leaves(copy_tensors(copy.deepcopy(model)(*copy_tensors(arguments), **copy_tensors(keywords))))
    arrays |= {f"out{i}": leaf for i, leaf in enumerate(outputs)}
    samples = [tensor_leaves((what.inputs(), what.kwargs())) for _ in range(CALIBRATION_SAMPLES)]
    if name == "decomposed_tiny_cnn":
        samples = [[sample] for sample in numpy.load(HERE / "models" / "tiny_cnn.calib0.npy")[:, None]]
    arrays |= {f"calib{i}": numpy.stack(leaves) for i, leaves in enumerate(zip(*samples))}

    program = torch.export.export(model, copy_tensors(arguments), copy_tensors(keywords),
                                  dynamic_shapes=what.dynamic_shapes, strict=what.strict)
    program = what.rewrite(program)
    save_program(program, folder / f"{name}.pt2")  # before it runs: a run may change a buffer
    numpy.savez(folder / f"{name}.npz", **arrays)
    with torch.no_grad():
        again = tensor_leaves(program.module()(*copy_tensors(arguments), **copy_tensors(keywords)))
    for expected, found in zip(outputs, again, strict=True):
        numpy.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5, err_msg=name)


def main():
    folder = HERE / "reader"
    folder.mkdir(exist_ok=True)
    for name in sys.argv[1:] or PROBES:
        print(name, flush=True)
        write(name, PROBES[name], folder)


if __name__ == "__main__":
    main()
