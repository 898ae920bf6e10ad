"""Exports the networks of this folder: python export.py FOLDER [NAME...]

A NAME is one of `python export.py --list`, or a part of several; without any, all are written. For each, FOLDER gets
NAME.pt2, NAME.calibration.npz, NAME.input.npz (a held-out sample), NAME.output.npz (torch's float outputs of it), and
networks.json lists what was written.
"""

import argparse
import collections
import json
import pathlib
import warnings

import network
from library_networks import full_size, survey
from own_networks import own


def networks():
    return {**own(), **full_size(), **survey()}


def operators(program):
    """ATen operators of an exported program, bodies of its branches included."""
    found = collections.Counter()
    for graph in [program.graph_module, *(m for _, m in program.graph_module.named_children() if hasattr(m, "graph"))]:
        for node in graph.graph.nodes:
            if node.op == "call_function" and hasattr(node.target, "name"):
                found[str(node.target)] += 1
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default=".")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--list", action="store_true", help="print the names")
    parser.add_argument("--operators", action="store_true", help="print every operator with nodes and networks")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    chosen = {
        name: each for name, each in networks().items() if not arguments.names or any(n in name for n in arguments.names)
    }
    if arguments.list:
        print("\n".join(chosen))
        return
    facts_file = pathlib.Path(arguments.folder) / "networks.json"
    facts_file.parent.mkdir(parents=True, exist_ok=True)
    facts = json.loads(facts_file.read_text()) if facts_file.exists() else {}
    nodes = collections.Counter()
    users = collections.Counter()
    for name, each in chosen.items():
        print(name, flush=True)
        found = operators(network.export(name, each, arguments.folder))
        facts[name] = {"shape": each.shapes[0], "nodes": sum(found.values())}
        facts_file.write_text(json.dumps(facts, indent=1))
        nodes.update(found)
        users.update(found.keys())
    if arguments.operators:
        for operator, count in nodes.most_common():
            print(f"{operator}\t{count}\t{users[operator]}")


if __name__ == "__main__":
    main()
