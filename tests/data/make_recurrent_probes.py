"""Writes operators/NAME.pt2 and operators/NAME.npz: recurrent layers in every form that torch.nn has.
Files and arguments are those of make_reader_probes.py. Usage: make_recurrent_probes.py [NAME...]
"""

import sys

import torch
from torch import nn

import make_reader_probes as common
from make_reader_probes import HERE, Function

PROBES = {}

FEATURES, HIDDEN, STEPS = 6, 8, 7


def uniform(*shape):
    """Numbers within 2: the few of a calibration sample show their range, which those of a normal distribution do not."""
    return 4 * torch.rand(*shape) - 2


def sequence(batch=1, steps=STEPS, features=FEATURES):
    return lambda: (uniform(steps, batch, features),)


def probe(name, build, inputs=None):
    PROBES[name] = common.Probe(build, inputs or sequence())


def with_states(layers, batch, cells):
    """An input and its initial states, which lie within 1 as those of a layer do."""
    return lambda: (uniform(STEPS, batch, FEATURES),
                    *(0.4 * uniform(layers, batch, HIDDEN) for _ in range(cells)))


def flat(outputs):
    """(y, (h, c)) or (y, h) as one tuple."""
    y, state = outputs
    return (y, *state) if isinstance(state, tuple) else (y, state)


def every_output(layer):
    return Function(lambda m, x: flat(m.layer(x)), layer=layer)


probe("lstm", lambda: every_output(nn.LSTM(FEATURES, HIDDEN)), sequence(batch=3))
probe("lstm_2_layers_bidirectional",
      lambda: every_output(nn.LSTM(FEATURES, HIDDEN, num_layers=2, bidirectional=True, batch_first=True)),
      lambda: (uniform(2, STEPS, FEATURES),))
probe("lstm_state_in_out", lambda: Function(lambda m, x, h, c: flat(m.layer(x, (h, c))),
                                            layer=nn.LSTM(FEATURES, HIDDEN, num_layers=2)), with_states(2, 2, 2))
probe("lstm_no_bias", lambda: every_output(nn.LSTM(FEATURES, HIDDEN, bias=False)))
probe("lstm_unbatched", lambda: every_output(nn.LSTM(FEATURES, HIDDEN)), lambda: (uniform(STEPS, FEATURES),))
probe("lstm_20_steps", lambda: Function(lambda m, x: m.head(m.layer(x)[0][:, -1]),
                                        layer=nn.LSTM(10, 64, batch_first=True), head=nn.Linear(64, 12)),
      lambda: (uniform(1, 20, 10),))
probe("gru_bidirectional", lambda: every_output(nn.GRU(FEATURES, HIDDEN, bidirectional=True)), sequence(batch=2))
probe("gru_2_layers_state", lambda: Function(lambda m, x, h: m.layer(x, h),
                                             layer=nn.GRU(FEATURES, HIDDEN, num_layers=2)), with_states(2, 1, 1))
probe("gru_no_bias_batch_first", lambda: Function(lambda m, x: m.layer(x)[0],
                                                  layer=nn.GRU(FEATURES, HIDDEN, batch_first=True, bias=False)),
      lambda: (uniform(3, STEPS, FEATURES),))
probe("rnn_tanh", lambda: every_output(nn.RNN(FEATURES, HIDDEN, bidirectional=True)), sequence(batch=2))
probe("rnn_relu_2_layers_state", lambda: Function(lambda m, x, h: m.layer(x, h),
                                                  layer=nn.RNN(FEATURES, HIDDEN, num_layers=2, nonlinearity="relu")),
      with_states(2, 2, 1))


def cell_inputs(states):
    return lambda: (uniform(2, FEATURES), *(0.4 * uniform(2, HIDDEN) for _ in range(states)))


probe("lstm_cell", lambda: Function(lambda m, x, h, c: m.cell(x, (h, c)), cell=nn.LSTMCell(FEATURES, HIDDEN)),
      cell_inputs(2))
probe("gru_cell", lambda: Function(lambda m, x, h: m.cell(x, h), cell=nn.GRUCell(FEATURES, HIDDEN)), cell_inputs(1))
probe("rnn_cells", lambda: Function(lambda m, x, h: m.relu(m.tanh(x, h)), tanh=nn.RNNCell(FEATURES, HIDDEN),
                                    relu=nn.RNNCell(HIDDEN, HIDDEN, nonlinearity="relu")), cell_inputs(1))
probe("lstm_projection", lambda: nn.LSTM(FEATURES, HIDDEN, proj_size=3))


def main():
    folder = HERE / "operators"
    folder.mkdir(exist_ok=True)
    for name in sys.argv[1:] or PROBES:
        print(name, flush=True)
        common.write(name, PROBES[name], folder)


if __name__ == "__main__":
    main()
