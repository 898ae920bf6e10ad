"""Writes mv2_96.pt2: torchvision's MobileNetV2 at 96x96 as torch.export saves it, with random seeded weights.

The network has 3.5 million weights, 14 MB that no compression shrinks, so only its graph is committed
(mv2_96.graph.zip) and the weights are drawn here. The same file comes out, byte for byte, on every machine: Python's
Mersenne twister, basic arithmetic and square roots are exactly defined, and nothing but the standard library is used.
models/mv2_96.out0.npy holds torch's output of exactly this file.

Weights are uniform with He's variance. Batch-norm statistics are the mean and variance that such weights give each
channel, carried through the network under the assumption of independent, normal values, and moved by up to 20 %; so
no layer saturates or dies, and outputs depend on the input. The entry of sample inputs is empty, which
torch.export.load takes for none.

Usage: make_mv2_96.py OUT.pt2
"""

import array
import json
import math
import operator
import os
import pathlib
import random
import struct
import sys
import zipfile

SEED = 96
FLOAT32, INT64 = 7, 5  # torch/_export/serde's ScalarType
DATA_ALIGNMENT = 64  # PyTorchFileWriter starts every entry's data at such an offset


class WeightSource:
    """Draws the tensors of one layer after the other and follows each channel's mean and variance."""

    def __init__(self, shapes):
        self.shapes = shapes
        self.tensors = {}  # value name of a weight: array('f')
        self.generator = random.Random(SEED)

    def uniform(self, name, low, high):
        """Draws tensor `name`, uniform in [low, high)."""
        count = math.prod(self.shapes[name])
        self.tensors[name] = array.array("f", [low + (high - low) * self.generator.random() for _ in range(count)])
        return self.tensors[name]

    def near(self, name, centres, deviations):
        """Draws tensor `name`: each element within 20 % of its deviation from its centre."""
        self.tensors[name] = array.array(
            "f", [c + (0.4 * self.generator.random() - 0.2) * d for c, d in zip(centres, deviations)]
        )

    def product(self, names, means, variances):
        """A convolution or linear layer: returns the means and variances of its output channels."""
        outputs, group_inputs, *kernel = self.shapes[names["weight"]]
        taps = math.prod(kernel)
        fan_in = group_inputs * taps
        bound = math.sqrt(6.0 / fan_in)
        weight = self.uniform(names["weight"], -bound, bound)
        bias = self.uniform(names["bias"], -0.1, 0.1) if names.get("bias") else [0.0] * outputs
        group_outputs = outputs * group_inputs // len(means)
        out_means, out_variances = [], []
        for output in range(outputs):
            row = weight[output * fan_in : (output + 1) * fan_in]
            first = output // group_outputs * group_inputs
            row_means = [m for m in means[first : first + group_inputs] for _ in range(taps)]
            row_variances = [v for v in variances[first : first + group_inputs] for _ in range(taps)]
            # fsum is exactly rounded; sum() is not the same in all versions of Python.
            out_means.append(bias[output] + math.fsum(map(operator.mul, row, row_means)))
            out_variances.append(math.fsum(w * w * v for w, v in zip(row, row_variances)))
        return out_means, out_variances

    def batch_norm(self, names, means, variances):
        """Statistics that turn these channels into normal ones of mean `bias` and variance near 1."""
        self.uniform(names["weight"], 0.9, 1.1)
        bias = self.uniform(names["bias"], -0.1, 0.3)
        self.near(names["running_mean"], means, [math.sqrt(v) for v in variances])
        self.near(names["running_var"], variances, variances)
        return list(bias), [1.0] * len(bias)


def clip_channels(means):
    """relu6 of normal values of variance 1: Taylor series of its mean and mean square at mean 0."""
    out_means = [0.399 + 0.5 * m + 0.2 * m * m for m in means]
    squares = [0.5 + 0.798 * m + 0.5 * m * m for m in means]
    return out_means, [square - mean * mean for square, mean in zip(squares, out_means)]


def draw_weights(nodes, shapes):
    """Draws all tensors in the order of execution. Returns {value name: array('f')}."""
    source = WeightSource(shapes)
    channels = {"x": ([0.0] * 3, [1.0] * 3)}  # value name: mean and variance of each channel
    for node in nodes:
        kind = node["target"].split(".")[-2]
        names = {i["name"]: i["arg"].get("as_tensor", {}).get("name") for i in node["inputs"]}
        means, variances = channels[names.get("input") or names["self"]]
        if kind in ("conv2d", "linear"):
            result = source.product(names, means, variances)
        elif kind == "batch_norm":
            result = source.batch_norm(names, means, variances)
        elif kind == "hardtanh_":
            result = clip_channels(means)
        elif kind == "add":
            result = tuple(list(map(operator.add, *pair)) for pair in zip((means, variances), channels[names["other"]]))
        elif kind in ("adaptive_avg_pool2d", "flatten", "dropout"):
            result = means, variances
        else:
            raise SystemExit(f"error: {node['name']}: operator {kind} has no rule here")
        channels[node["outputs"][0]["as_tensor"]["name"]] = result
    if set(shapes) != set(source.tensors):
        raise SystemExit(f"error: no rule drew {sorted(set(shapes) - set(source.tensors))}")
    return source.tensors


def write_archive(path, entries):
    """Writes [(entry name, bytes)] as torch's archives are: stored, each entry's data aligned."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries:
            entry = zipfile.ZipInfo(f"mv2_96/{name}", (1980, 1, 1, 0, 0, 0))
            data_start = archive.fp.tell() + zipfile.sizeFileHeader + len(entry.filename) + 4  # 4: the field's head
            padding = -data_start % DATA_ALIGNMENT
            entry.extra = struct.pack("<2sH", b"FB", padding) + b"Z" * padding
            archive.writestr(entry, data)


def little_endian(values):
    """The bytes of an array.array in the file's byte order."""
    if sys.byteorder != "little":
        values.byteswap()
    return values.tobytes()


def main():
    if len(sys.argv) != 2:
        raise SystemExit("usage: make_mv2_96.py OUT.pt2")
    with zipfile.ZipFile(pathlib.Path(__file__).with_name("mv2_96.graph.zip")) as template:
        model_json = template.read("model.json")
        config_json = template.read("model_weights_config.json")
    graph_module = json.loads(model_json)["graph_module"]
    config = json.loads(config_json)["config"]

    file_names, shapes, entries = {}, {}, []
    for spec in graph_module["signature"]["input_specs"]:
        kind, content = next(iter(spec.items()))
        if kind == "user_input":
            continue
        payload = config[content["parameter_name" if kind == "parameter" else "buffer_name"]]
        meta, name = payload["tensor_meta"], content["arg"]["name"]
        if meta["dtype"] == INT64:  # num_batches_tracked, which nothing reads
            entries.append((f"data/weights/{payload['path_name']}", bytes(8)))
            continue
        assert meta["dtype"] == FLOAT32, name
        file_names[name] = payload["path_name"]
        shapes[name] = [size["as_int"] for size in meta["sizes"]]
    tensors = draw_weights(graph_module["graph"]["nodes"], shapes)
    entries += [(f"data/weights/{file}", little_endian(tensors[name])) for name, file in file_names.items()]
    entries.sort(key=lambda entry: int(entry[0].rsplit("_", 1)[1]))
    entries += [
        ("data/weights/model_weights_config.json", config_json),
        ("data/constants/model_constants_config.json", b'{"config": {}}'),
        ("models/model.json", model_json),
        ("data/sample_inputs/model.pt", b""),
        ("archive_format", b"pt2"),
        ("archive_version", b"0"),
        (".data/version", b"6\n"),
        ("byteorder", b"little"),
        (".data/serialization_id", b"0" * 40),
    ]
    target = pathlib.Path(sys.argv[1])
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    write_archive(partial, entries)
    partial.replace(target)


if __name__ == "__main__":
    main()
