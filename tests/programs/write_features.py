# SPDX-License-Identifier: MIT
"""Writes files of features, labels, weights and logits for the tests of measure, in every format
that it reads, with the standard library alone.

    python3 write_features.py FOLDER
"""

import json
import os
import random
import struct
import sys
import zipfile

CODES = {"<f2": "e", "<f4": "f", "<f8": "d", "|u1": "B", "<i4": "i", "<i8": "q", "<u2": "H", "<i2": "h"}
CODES.update({"|V1": "B", "|V2": "H"})  # what JAX saves float8 and bfloat16 as
KINDS = {"<f4": "F32", "<f8": "F64", "<i8": "I64"}
CLASSES, WIDTH, SAMPLES = 4, 6, 60


def packed(rows, descr):
    values = [x for row in rows for x in (row if isinstance(row, list) else [row])]
    return struct.pack(f"<{len(values)}{CODES[descr]}", *values)


def shape_of(rows, width=None):
    if rows and isinstance(rows[0], list):
        return (len(rows), len(rows[0]))
    return (len(rows),) if width is None else (len(rows), width)


def npy(rows, descr, shape=None):
    shape = shape_of(rows) if shape is None else shape
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape!r}, }}"
    header += " " * ((-11 - len(header)) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + packed(rows, descr)


def safetensors(arrays):
    header, data = {}, b""
    for name, (rows, descr) in arrays.items():
        part = packed(rows, descr)
        header[name] = {
            "dtype": KINDS[descr],
            "shape": list(shape_of(rows)),
            "data_offsets": [len(data), len(data) + len(part)],
        }
        data += part
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def idx(rows):
    shape = shape_of(rows)
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape) + packed(rows, "|u1")


def main():
    folder = sys.argv[1]
    numbers = random.Random(7)

    def write(name, content):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)

    # Multiples of 1/8 below 16: exact in every float type; four classes far apart.
    labels = [i % CLASSES for i in range(SAMPLES)]
    features = [
        [8 * (j == y) + numbers.randrange(-8, 9) / 8 for j in range(WIDTH)] for y in labels
    ]
    pixels = [[int(16 + 8 * x) for x in row] for row in features]
    weights = [[0.5 * (j == k) for j in range(WIDTH)] for k in range(CLASSES)]
    bias = [0.25, 0.0, -0.25, 0.0]
    logits = [
        [sum(w * x for w, x in zip(row, h)) + b for row, b in zip(weights, bias)] for h in features
    ]
    for name, descr in (("f2", "<f2"), ("f4", "<f4"), ("f8", "<f8")):
        write(f"x_{name}.npy", npy(features, descr))
    write("x_u1.npy", npy(pixels, "|u1"))
    write("x_u1.idx", idx(pixels))
    write("x_8.npy", npy([[16 + 8 * x for x in row] for row in features], "<f8"))
    bfloat16 = [[struct.unpack("<I", struct.pack("<f", x))[0] >> 16 for x in row] for row in features]
    write("x_bf16.npy", npy(bfloat16, "<u2"))
    signed = [[x - (x >> 15 << 16) for x in row] for row in bfloat16]
    write("x_bf16_i2.npy", npy(signed, "<i2"))  # tensor.view(torch.int16).numpy()
    write("x_bf16_V2.npy", npy(bfloat16, "|V2"))
    write("x_float8.npy", npy([[1] * WIDTH for _ in labels], "|V1"))
    write("w_bf16.npy", npy([[0x3F00 * (j == k) for j in range(WIDTH)] for k in range(CLASSES)], "<i2"))
    write("y.npy", npy(labels, "<i8"))
    write("y_i4.npy", npy(labels, "<i4"))
    write("y_from_one.npy", npy([label + 1 for label in labels], "<i4"))
    write("y_column.npy", npy(labels, "<i4", (SAMPLES, 1)))
    write("y.idx", idx(labels))
    write("w.npy", npy(weights, "<f4"))
    write("w_transposed.npy", npy([list(row) for row in zip(*weights)], "<f4"))
    write("b.npy", npy(bias, "<f8"))
    write("z.npy", npy(logits, "<f8"))
    write("z_five.npy", npy([[-99.0] + row for row in logits], "<f8"))
    with zipfile.ZipFile(os.path.join(folder, "all.npz"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", npy(features, "<f4"))
        archive.writestr("y.npy", npy(labels, "<i8"))
    write("all.safetensors", safetensors({"x": (features, "<f4"), "y": (labels, "<i8")}))
    # Three machines with a shard each.
    for i, (begin, end) in enumerate(((0, 17), (17, 18), (18, SAMPLES))):
        write(f"part{i}_x.npy", npy(features[begin:end], "<f8"))
        write(f"part{i}_y.npy", npy(labels[begin:end], "<i8"))
    # Next layer: the logits themselves.
    write("x_logits.npy", npy(logits, "<f4"))
    # Unequal classes of the second kind: 30, 20 and 10 samples.
    unequal = [0] * 30 + [1] * 20 + [2] * 10
    write("y_unequal.npy", npy(unequal, "<i4"))
    write("w_unequal.npy", npy(weights[:3], "<f8"))
    # One sample, one class, one column; none.
    write("x_one.npy", npy([[1.0, 2.0]], "<f8"))
    write("y_one.npy", npy([0], "<i8"))
    write("x_column.npy", npy([[x[0]] for x in features], "<f8"))
    write("y_zero.npy", npy([0] * SAMPLES, "<i8"))
    write("x_none.npy", npy([], "<f8", (0, WIDTH)))
    write("y_none.npy", npy([], "<i8", (0,)))
    write("x_no_columns.npy", npy([[] for _ in labels], "<f8", (SAMPLES, 0)))
    write("empty", b"")
    # Thirteen files whose numbers have no leading zeros; seven whose numbers have.
    for i in range(13):
        write(f"n{i}_x.npy", npy(features[5 * i : 5 * i + 5] if i < 12 else [], "<f8", (5 * (i < 12), WIDTH)))
    for i in range(0, SAMPLES, 10):
        write(f"z0{i // 10}_x.npy", npy(features[i : i + 10], "<f8"))
    # Members that are named like paths, patterns and tensors of TensorFlow, and by an enemy.
    with zipfile.ZipFile(os.path.join(folder, "names.npz"), "w") as archive:
        archive.writestr("head/bias.npy", npy(bias, "<f8"))
        archive.writestr("head/kernel:0.npy", npy(weights, "<f4"))
        archive.writestr("x[0]*?,.npy", npy(features, "<f8"))
        archive.writestr("\033[31mred\nline.npy", npy(labels, "<i8"))
        archive.writestr(":y.npy", npy(labels, "<i8"))
    write("names.npz:n.npy", npy(labels, "<i8"))
    # Maps of channels whose means are the features, channels first and last.
    shifts = [0.5, -0.5, 1.25, -1.25, 3.0, -3.0]
    first = [[x + s for x in row for s in shifts] for row in features]
    last = [[x + s for s in shifts for x in row] for row in features]
    write("maps.npy", npy(first, "<f4", (SAMPLES, WIDTH, 2, 3)))
    write("maps_last.npy", npy(last, "<f8", (SAMPLES, 2, 3, WIDTH)))
    write("y_one_hot.npy", npy([[int(k == y) for k in range(CLASSES)] for y in labels], "<i4"))
    write("y_row.npy", npy(labels, "<i4", (1, SAMPLES)))
    # Logits of classes that are left out: all but the largest and one more.
    masked = [[z if z == max(row) or k == 0 else float("-inf") for k, z in enumerate(row)] for row in logits]
    write("z_masked.npy", npy(masked, "<f8"))
    write("z_empty.npy", npy(masked[:9] + [[float("-inf")] * CLASSES] + masked[10:], "<f8"))
    pairs = [i for i in range(SAMPLES) if labels[i] < 2]
    write("x_pair.npy", npy([features[i] for i in pairs], "<f8"))
    write("y_pair.npy", npy([labels[i] for i in pairs], "<i8"))
    write("z_pair.npy", npy([logits[i] for i in pairs], "<f8"))
    # What torch.save writes: a pickle and raw storages.
    with zipfile.ZipFile(os.path.join(folder, "x.pt"), "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n.")
        archive.writestr("archive/byteorder", b"little")
        archive.writestr("archive/data/0", packed(features, "<f4"))
    write("x.csv", b"".join(b",".join(b"%.3f" % x for x in row) + b"\n" for row in features))
    # Malformed or out of range.
    write("y_high.npy", npy(labels[:40] + [7] + labels[41:], "<i8"))
    write("y_negative.npy", npy(labels[:40] + [-3] + labels[41:], "<i8"))
    write("y_huge.npy", npy(labels[:40] + [1 << 40] + labels[41:], "<i8"))
    write("y_half.npy", npy([0.5] + labels[1:], "<f8"))
    # Labels with gaps, as of catalogues, in the order of the classes.
    write("y_gaps.npy", npy([(1740, 21939, 1 << 31, 1 << 40)[label] for label in labels], "<i8"))
    # Rows to ignore, with features and logits that are not finite, among the others.
    write("y_more.npy", npy([-100] + labels[:30] + [255, -100] + labels[30:] + [255], "<i8"))
    for name, rows in (("x", features), ("z", logits)):
        none = [[float("nan")] * len(rows[0])]
        write(f"{name}_more.npy", npy(none + rows[:30] + 2 * none + rows[30:] + none, "<f8"))
    write("y_all_ignored.npy", npy([255] * SAMPLES, "<i8"))
    write("y_short.npy", npy(labels[:50], "<i8"))
    write("x_cut.npy", npy(features, "<f8")[:-3])
    write("x_nan.npy", npy(features[:1] + [[1.0, 2.0, float("nan"), 0.0, 0.0, 0.0]] + features[2:], "<f4"))
    write("bad0_x.npy", npy(features[:20], "<f4"))
    write("bad1_x.npy", npy(features[20:31] + [[float("-inf")] * WIDTH] + features[32:], "<f4"))
    write("z_nan.npy", npy(logits[:58] + [[0.0, 1.0, 2.0, float("inf")]] + logits[59:], "<f8"))
    write("w_nan.npy", npy(weights[:3] + [[float("nan")] * WIDTH], "<f4"))


main()
