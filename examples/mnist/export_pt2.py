"""Saves a torch.export program without the paths of the machine that exported it.

torch.export keeps the Python stack of every operator, so the file would carry the home folder of whoever trained
the model. Only the part below site-packages, or the file's own name, says something to a reader of the file: that is
kept, and Pudu's error messages still name the source line. The history of passes ("from_node") goes too: it holds
memory addresses, which differ from run to run.
"""

import re

import torch

_SOURCE_FILE = re.compile(r'File "(?:[^"]*/site-packages/|[^"]*/)?([^"]*)"')


def save_program(program, path):
    """Writes `program` (torch.export.ExportedProgram) to `path`, a .pt2 file, with neutral source file names."""
    for module in program.graph_module.modules():
        if not isinstance(module, torch.fx.GraphModule):
            continue
        for node in module.graph.nodes:
            node.meta.pop("from_node", None)
            trace = node.meta.get("stack_trace")
            if trace:
                node.meta["stack_trace"] = _SOURCE_FILE.sub(r'File "\1"', trace)
    torch.export.save(program, path)
