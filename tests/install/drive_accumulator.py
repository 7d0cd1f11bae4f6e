# SPDX-License-Identifier: MIT
"""Drives libnc.so from Python through ctypes alone: an accumulator fed in batches, a report, and an
error, against a computation with Python's own numbers.

    python3 drive_accumulator.py libnc.so
"""

import ctypes
import math
import random
import sys

FLOAT64, FLOAT32 = 1, 2
INT32, INT64 = 1, 2
NC1, CDNV, NC4, ACCURACY = 1, 25, 13, 14
NOT_FINITE = -4
CLASSES, WIDTH, SAMPLES = 3, 5, 60


def load(path):
    library = ctypes.CDLL(path)
    pointer, handle = ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)
    whole, small, real = ctypes.c_int64, ctypes.c_int32, ctypes.POINTER(ctypes.c_double)
    signatures = {
        "libnc_context_create": [handle],
        "libnc_context_destroy": [pointer],
        "libnc_context_error": [pointer],
        "libnc_accumulator_create": [handle, pointer, whole, whole],
        "libnc_accumulator_destroy": [pointer],
        "libnc_accumulator_samples": [pointer],
        "libnc_accumulator_update": [pointer, pointer, small, whole, whole, pointer, small],
        "libnc_accumulator_begin_second_pass": [pointer, pointer, pointer, small],
        "libnc_accumulator_merge": [pointer, pointer],
        "libnc_report_create": [handle, pointer],
        "libnc_report_destroy": [pointer],
        "libnc_report_measure_features": [pointer, handle, ctypes.POINTER(real), real, small],
        "libnc_report_value": [pointer, small, small, real],
    }
    for name, arguments in signatures.items():
        function = getattr(library, name)
        function.argtypes = arguments
        function.restype = ctypes.c_int32
    library.libnc_context_error.restype = ctypes.c_char_p
    library.libnc_accumulator_samples.restype = ctypes.c_int64
    for name in ("context", "accumulator", "report"):
        getattr(library, f"libnc_{name}_destroy").restype = None
    return library


def make_data():
    """Clusters around 10 e_k with spread 0.01, rounded to float32."""
    numbers = random.Random(1)
    labels = [i % CLASSES for i in range(SAMPLES)]
    rows = [
        [ctypes.c_float(10 * (j == y) + numbers.gauss(0, 0.01)).value for j in range(WIDTH)]
        for y in labels
    ]
    return rows, labels


def expected_cdnv(rows, labels):
    members = [[r for r, y in zip(rows, labels) if y == k] for k in range(CLASSES)]
    means = [[math.fsum(c) / len(m) for c in zip(*m)] for m in members]
    spread = [
        math.fsum((x - c) ** 2 for row in m for x, c in zip(row, mean)) / len(m)
        for m, mean in zip(members, means)
    ]
    terms = [
        (spread[i] + spread[j])
        / (2 * math.fsum((a - b) ** 2 for a, b in zip(means[i], means[j])))
        for i in range(CLASSES)
        for j in range(CLASSES)
        if i != j
    ]
    return math.fsum(terms) / len(terms)


class Accumulator:
    def __init__(self, library, context):
        self.library, self.context = library, context
        self.handle = ctypes.c_void_p()
        self.must(library.libnc_accumulator_create(self.handle, context, CLASSES, WIDTH))

    def must(self, status):
        if status < 0:
            raise RuntimeError(self.library.libnc_context_error(self.context).decode())

    def update(self, rows, labels):
        values = (ctypes.c_float * (len(rows) * WIDTH))(*[x for row in rows for x in row])
        keys = (ctypes.c_int64 * len(labels))(*labels)
        return self.library.libnc_accumulator_update(
            self.handle, values, FLOAT32, len(rows), WIDTH, keys, INT64
        )

    def destroy(self):
        self.library.libnc_accumulator_destroy(self.handle)


def measure(library, context, accumulator, classifier):
    report = ctypes.c_void_p()
    accumulator.must(library.libnc_report_create(report, context))
    weights = (ctypes.c_double * len(classifier))(*classifier)
    rows = ctypes.POINTER(ctypes.c_double) * 1
    handles = (ctypes.c_void_p * 1)(accumulator.handle)
    accumulator.must(
        library.libnc_report_measure_features(
            report, handles, rows(ctypes.cast(weights, ctypes.POINTER(ctypes.c_double))), None, 1
        )
    )
    values = {}
    for metric in (NC1, CDNV, NC4, ACCURACY):
        value = ctypes.c_double()
        accumulator.must(library.libnc_report_value(report, metric, 1, value))
        values[metric] = value.value
    library.libnc_report_destroy(report)
    return values


def main():
    library = load(sys.argv[1])
    rows, labels = make_data()
    classifier = [float(j == k) for k in range(CLASSES) for j in range(WIDTH)]
    context = ctypes.c_void_p()
    assert library.libnc_context_create(context) == 0
    first, second = Accumulator(library, context), Accumulator(library, context)
    half = SAMPLES // 2
    for begin in range(0, half, 10):
        first.must(first.update(rows[begin : begin + 10], labels[begin : begin + 10]))
    second.must(second.update(rows[half:], labels[half:]))
    first.must(library.libnc_accumulator_merge(first.handle, second.handle))
    assert library.libnc_accumulator_samples(first.handle) == SAMPLES

    broken = [list(row) for row in rows[:3]]
    broken[2][0] = math.nan
    assert first.update(broken, labels[:3]) == NOT_FINITE
    assert b"row 2" in library.libnc_context_error(context)
    assert library.libnc_accumulator_samples(first.handle) == SAMPLES

    weights = (ctypes.c_double * len(classifier))(*classifier)
    first.must(
        library.libnc_accumulator_begin_second_pass(first.handle, weights, None, FLOAT64)
    )
    first.must(first.update(rows, labels))
    values = measure(library, context, first, classifier)
    cdnv = expected_cdnv(rows, labels)
    assert abs(values[CDNV] / cdnv - 1) < 1e-3, (values[CDNV], cdnv) # float32 products
    assert 0 < values[NC1] < 1e-4
    assert values[NC4] == 1 and values[ACCURACY] == 1
    second.destroy()
    first.destroy()
    library.libnc_context_destroy(context)
    print("cdnv", values[CDNV], "expected", cdnv, "nc1", values[NC1])


main()
