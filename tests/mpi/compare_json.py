# SPDX-License-Identifier: MIT
"""compare_json.py FIRST OTHER...: the same keys and values, numbers to 1e-12 of themselves."""
import json
import math
import sys


def same(a, b):
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) or isinstance(b, float):
        return a is not None and b is not None and math.isclose(a, b, rel_tol=1e-12)
    return a == b


first, *others = [json.load(open(path)) for path in sys.argv[1:]]
for path, other in zip(sys.argv[2:], others):
    if first.keys() != other.keys():
        sys.exit(f"{path}: other keys")
    for key in first.keys() - {"seconds", "command"}:
        if not same(first[key], other[key]):
            sys.exit(f"{path}: {key}: {other[key]} for {first[key]}")
