"""Writes the planning problems of this folder, always the same ones. README.md says what each is for.

usage: make_corpus.py FOLDER
"""

import random
import sys
from pathlib import Path


class Network:
    """Collects the buffers of a network as its layers run, one step each."""

    def __init__(self):
        self.buffers = {}  # name -> [bytes, begin, end]
        self.step = 0

    def tensor(self, name, *sizes):
        count = 1
        for size in sizes:
            count *= size
        self.buffers[name] = [count, self.step, self.step + 1]
        return name

    def layer(self, name, inputs, sizes, scratch=0):
        """Runs a layer: its result, its scratch; its inputs live until here. Returns the result's name."""
        for used in inputs:
            self.buffers[used][2] = self.step + 1
        if scratch:
            self.tensor(name + ".scratch", scratch)
        result = self.tensor(name, *sizes)
        self.step += 1
        return result

    def text(self):
        """The problem. All of these networks reach the lower bound: the most bytes alive at one step."""
        alive = [0] * self.step
        for count, begin, end in self.buffers.values():
            for step in range(begin, end):
                alive[step] += (count + 15) // 16 * 16
        lines = [f"best_known {max(alive)}"]
        for name, (count, begin, end) in self.buffers.items():
            lines.append(f"buffer {name} bytes {count} steps [{begin}, {end}] alignment 16")
        return "\n".join(lines) + "\n"


def mobilenet_v2():
    """MobileNetV2 at 96x96, int8, width 1: expansion, depthwise with 16-bit im2col scratch, projection, residuals."""
    net = Network()
    x = net.tensor("input", 96, 96, 3)
    x = net.layer("stem", [x], (48, 48, 32), scratch=2 * 2 * 27)
    size, channels, block = 48, 32, 0
    settings = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    for expansion, out, repeats, first_stride in settings:
        for repeat in range(repeats):
            stride = first_stride if repeat == 0 else 1
            name, shortcut, hidden = f"block{block}", x, channels * expansion
            if expansion > 1:
                x = net.layer(name + ".expand", [x], (size, size, hidden), scratch=2 * 2 * channels)
            size //= stride
            x = net.layer(name + ".depthwise", [x], (size, size, hidden), scratch=2 * 9 * hidden)
            x = net.layer(name + ".project", [x], (size, size, out), scratch=2 * 2 * hidden)
            if stride == 1 and channels == out:
                x = net.layer(name + ".add", [x, shortcut], (size, size, out))
            channels, block = out, block + 1
    x = net.layer("head", [x], (size, size, 1280), scratch=2 * 2 * channels)
    x = net.layer("pool", [x], (1280,), scratch=4 * 1280)
    x = net.layer("classifier", [x], (1000,))
    net.layer("softmax", [x], (1000,))
    return net.text()


def resnet8():
    """The MLPerf Tiny image classifier: three residual blocks, shortcuts with 1x1 convolutions."""
    net = Network()
    x = net.tensor("input", 32, 32, 3)
    x = net.layer("stem", [x], (32, 32, 16), scratch=4 * 27)
    size, channels = 32, 16
    for block, out in enumerate((16, 32, 64)):
        shortcut = x
        if out != channels:
            size //= 2
            shortcut = net.layer(f"block{block}.shortcut", [x], (size, size, out), scratch=4 * channels)
        y = net.layer(f"block{block}.conv1", [x], (size, size, out), scratch=4 * 9 * channels)
        y = net.layer(f"block{block}.conv2", [y], (size, size, out), scratch=4 * 9 * out)
        x = net.layer(f"block{block}.add", [y, shortcut], (size, size, out))
        channels = out
    x = net.layer("pool", [x], (64,), scratch=4 * 64)
    net.layer("classifier", [x], (10,))
    return net.text()


def dense_block():
    """DenseNet: every layer reads all earlier ones, so that buffers pile up."""
    net = Network()
    features = [net.layer("stem", [net.tensor("input", 32, 32, 3)], (32, 32, 24))]
    for block in range(3):
        for index in range(6):
            size = 32 >> block
            joined = net.layer(f"d{block}.{index}.cat", features, (size, size, 24 + 12 * index + 30 * block))
            narrow = net.layer(f"d{block}.{index}.narrow", [joined], (size, size, 48), scratch=4 * 200)
            features.append(net.layer(f"d{block}.{index}.conv", [narrow], (size, size, 12), scratch=4 * 9 * 48))
        size = 16 >> block
        joined = net.layer(f"t{block}.cat", features, (2 * size, 2 * size, 96 + 30 * block))
        narrow = net.layer(f"t{block}.conv", [joined], (2 * size, 2 * size, 48 + 15 * block))
        features = [net.layer(f"t{block}.pool", [narrow], (size, size, 48 + 15 * block))]
    net.layer("pool", features, (93,))
    return net.text()


def inception():
    """Blocks of four branches of different lengths and widths that meet in a concatenation."""
    net = Network()
    x = net.layer("stem", [net.tensor("input", 64, 64, 3)], (32, 32, 32), scratch=4 * 27)
    size = 32
    for block, width in enumerate((16, 24, 40, 56)):
        a = net.layer(f"b{block}.1x1", [x], (size, size, width))
        b = net.layer(f"b{block}.reduce3", [x], (size, size, width + 8))
        b = net.layer(f"b{block}.3x3", [b], (size, size, width + 12), scratch=4 * 9 * (width + 8))
        c = net.layer(f"b{block}.reduce5", [x], (size, size, width // 2 + 3))
        c = net.layer(f"b{block}.5x5a", [c], (size, size, width - 4), scratch=4 * 9 * (width // 2 + 3))
        c = net.layer(f"b{block}.5x5b", [c], (size, size, width + 4), scratch=4 * 9 * (width - 4))
        d = net.layer(f"b{block}.pool", [x], (size, size, 32 if block == 0 else 4 * width - 12))
        d = net.layer(f"b{block}.project", [d], (size, size, width - 6))
        x = net.layer(f"b{block}.cat", [a, b, c, d], (size, size, 4 * width + 6))
        if block % 2 == 1:
            size //= 2
            x = net.layer(f"b{block}.downsample", [x], (size, size, 4 * width + 6))
    net.layer("head", [x], (10,))
    return net.text()


def unet():
    """Encoder and decoder with skip connections: long-lived buffers around short-lived ones."""
    net = Network()
    x, skips, size, channels = net.tensor("input", 64, 64, 1), [], 64, 8
    for level in range(4):
        x = net.layer(f"down{level}.conv1", [x], (size, size, channels), scratch=4 * 9 * channels)
        x = net.layer(f"down{level}.conv2", [x], (size, size, channels), scratch=4 * 9 * channels)
        skips.append((x, size, channels))
        size, channels = size // 2, channels * 2
        x = net.layer(f"down{level}.pool", [x], (size, size, channels // 2))
    x = net.layer("middle", [x], (size, size, channels), scratch=4 * 9 * channels)
    for level, (skip, size, channels) in reversed(list(enumerate(skips))):
        up = net.layer(f"up{level}.resize", [x], (size, size, channels + 3))
        joined = net.layer(f"up{level}.cat", [up, skip], (size, size, 2 * channels + 3))
        x = net.layer(f"up{level}.conv", [joined], (size, size, channels), scratch=4 * 9 * (2 * channels + 3))
    net.layer("head", [x], (64, 64, 2))
    return net.text()


def sliced_rectangle(steps, grains, pieces, seed):
    """A full rectangle of time and space, cut into pieces: the optimum is its height, and nothing may be wasted."""
    chance = random.Random(seed)
    rectangles = [(0, steps, grains)]  # begin, end, height
    while len(rectangles) < pieces:
        area = [(end - begin) * height for begin, end, height in rectangles]
        begin, end, height = rectangles.pop(chance.choices(range(len(rectangles)), weights=area)[0])
        if end - begin > 1 and (height < 2 or chance.random() < 0.5):
            cut = chance.randint(begin + 1, end - 1)
            rectangles += [(begin, cut, height), (cut, end, height)]
        elif height > 1:
            cut = chance.randint(1, height - 1)
            rectangles += [(begin, end, cut), (begin, end, height - cut)]
        else:
            rectangles.append((begin, end, height))
    chance.shuffle(rectangles)
    lines = [f"best_known {16 * grains}"]
    for index, (begin, end, height) in enumerate(rectangles):
        lines.append(f"buffer piece{index} bytes {16 * height} steps [{begin}, {end}] alignment 16")
    return "\n".join(lines) + "\n"


def gap():
    """Seven buffers (16-byte grains, first step, step behind the last) whose optimum is above the lower bound.

    Found by trying every order of random small problems; so was the optimum, 7 grains.
    """
    buffers = [(4, 1, 3), (1, 2, 5), (2, 4, 6), (2, 0, 2), (4, 5, 6), (3, 3, 5), (1, 2, 4)]
    lines = [f"best_known {16 * 7}"]
    for index, (grains, begin, end) in enumerate(buffers):
        lines.append(f"buffer b{index} bytes {16 * grains} steps [{begin}, {end}] alignment 16")
    return "\n".join(lines) + "\n"


def interlocking():
    """Images whose rows are freed or written one after the other, between whole buffers; 16-byte grains, first step,
    step behind the last.

    Found among random problems: every order of placement that the strategies try wastes bytes, and the optimum (68
    grains, by the exact search, which proves it) is above the lower bound.
    """
    buffers = [
        (2, 9, 20, "whole"), (9, 10, 12, "whole"), (1, 16, 20, "freed"), (3, 1, 8, "whole"), (3, 13, 16,
        "whole"), (7, 12, 20, "grown"), (8, 14, 20, "whole"), (15, 12, 19, "grown"), (2, 12, 18, "grown"),
        (7, 16, 20, "freed"), (17, 11, 16, "freed"), (6, 10, 20, "whole"), (17, 7, 15, "whole"), (10, 5, 6,
        "whole"), (3, 9, 13, "grown"), (14, 13, 18, "whole")
    ]
    lines = [f"best_known {16 * 68}"]
    for index, (grains, begin, end, kind) in enumerate(buffers):
        lines.append(f"buffer b{index} bytes {16 * grains} steps [{begin}, {end}] alignment 16")
        if kind == "whole":
            continue
        for row in range(grains):
            step = begin + 1 + row * (end - begin - 1) // grains
            steps = (begin, step) if kind == "freed" else (step - 1, end)
            lines.append(f"extent steps [{steps[0]}, {steps[1]}] bytes [{16 * row}, {16 * row + 16}]")
    return "\n".join(lines) + "\n"


def main(folder):
    problems = {
        "mobilenet_v2_96": mobilenet_v2(),
        "resnet8": resnet8(),
        "dense_block": dense_block(),
        "inception": inception(),
        "unet": unet(),
        "sliced_30": sliced_rectangle(16, 40, 30, 1),
        "sliced_80": sliced_rectangle(40, 100, 80, 2),
        "sliced_200": sliced_rectangle(100, 300, 200, 3),
        "gap_7": gap(),
        "sliced_120": sliced_rectangle(60, 160, 120, 4),
        "interlocking_16": interlocking(),
    }
    for name, text in problems.items():
        (folder / f"{name}.txt").write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
