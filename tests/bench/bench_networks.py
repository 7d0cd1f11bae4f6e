# SPDX-License-Identifier: MIT
"""Training steps of convolutional networks: libnc and PyTorch in turn, for bench.py.

Batches of 128 images of 28 x 28, float32, Adam. PyTorch has its best number of threads, 1 or 2, and an allocator
that keeps its memory (MALLOC_ variables), without which it spends half of its time on page faults. The arithmetic
floor is that of the convolutions at the measured peak. Where there is `perf`, libnc's step is shared among the
kinds of its work, and the convolutions' rates are compared on one thread: libnc's by their share of
its step, oneDNN's as PyTorch calls it, each convolution by itself. Both are of processor time, as is the column
"processor", the ratio of whole steps on one thread: other work on the machine disturbs it least."""
import importlib.util
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

BATCH, SIDE, SECONDS = 128, 28, 2
CASES = [("vgg11", 8), ("vgg11", 16), ("resnet18", 8), ("resnet18", 16)]
GOAL, GOAL_RATE = 1.25, 0.8
TUNED = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2 ** 32), "MALLOC_TOP_PAD_": str(2 ** 28)}

# What libnc's functions do, by the beginning of their names.
KINDS = [("convolutions", ("correlate", "fill_frame", "flip")),
         ("batch norm", ("combine", "scale_", "add_products", "add_squares", "nc__batch_norm", "measure",
                         "normalise")),
         ("pooling", ("largest", "mean_", "pool")),
         ("ReLU and sums", ("relu", "add_pattern", "add_f", "add_bias", "clip")),
         ("update", ("nc__update",))]


def shapes(name, width):
    """(inputs, outputs, kernel, side of the output) of each convolution."""
    if name == "vgg11":
        side, inputs, found = 32, 1, []
        for step in "1M2M44M88M88M":
            if step == "M":
                side //= 2
                continue
            found.append((inputs, int(step) * width, 3, side))
            inputs = int(step) * width
        return found
    side, inputs, found = SIDE, width, [(1, width, 3, SIDE)]
    for stage in range(4):
        outputs = width << stage
        if stage:
            side = (side + 1) // 2
            found.append((inputs, outputs, 1, side))
        found += [(inputs, outputs, 3, side)] + 3 * [(outputs, outputs, 3, side)]
        inputs = outputs
    return found


def operations(name, width):
    """Floating-point operations of the convolutions of a step; images have no gradient."""
    products = [2 * a * b * k * k * side * side for a, b, k, side in shapes(name, width)]
    return BATCH * (3 * sum(products) - products[0])


def ours(folder, name, width, threads, prefix=()):
    arguments = {"network": name, "base": width, "batch": BATCH, "side": SIDE, "scalar": "float32",
                 "optimizer": "adam", "rate": 1e-3, "decay": 0, "threads": threads, "seconds": SECONDS}
    command = [*prefix, os.path.join(folder, "bench_train"), *(f"{k}={v}" for k, v in arguments.items())]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [float(word) for word in out.split()]


def theirs(name, width, threads, *how):
    peer = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer_networks_torch.py")
    command = [sys.executable, peer, name, width, SIDE, BATCH, threads, SECONDS, *how]
    out = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True,
                         env={**os.environ, **TUNED}).stdout
    return [float(word) for word in out.split()]


def kinds_of_work(folder, name, width):
    """Shares of libnc's step on one thread, by KINDS; None without perf."""
    if not shutil.which("perf"):
        return None
    with tempfile.TemporaryDirectory() as work:
        record = ("perf", "record", "-q", "-o", f"{work}/perf")
        try:
            ours(folder, name, width, 1, record)
        except subprocess.CalledProcessError:
            return None
        report = subprocess.run(["perf", "report", "-i", f"{work}/perf", "--stdio", "-F", "overhead,sym"],
                                capture_output=True, text=True, check=True).stdout
    shares = {kind: 0.0 for kind, _ in KINDS}
    shares["other"] = 0.0
    for line in report.splitlines():
        words = line.split()
        if not words or not words[0].endswith("%") or words[-1].startswith(("philox", "tail_", "nc__stream")):
            continue
        kind = next((k for k, begins in KINDS if words[-1].startswith(begins)), "other")
        shares[kind] += float(words[0][:-1])
    total = sum(shares.values())
    return {kind: share / total for kind, share in shares.items()}


def case(folder, rounds, name, width, peer):
    """Medians of microseconds: libnc at 1 and 2 threads, PyTorch likewise; (wall, processor) each."""
    times = {(who, threads): [] for who in ("nc", "torch") for threads in (1, 2)}
    for _ in range(rounds):
        for threads in (1, 2):
            times["nc", threads].append(ours(folder, name, width, threads))
            if peer:
                times["torch", threads].append(theirs(name, width, threads))
    return {key: [statistics.median(column) for column in zip(*rows)] for key, rows in times.items() if rows}


def compare_networks(folder, rounds, wanted, peak, results):
    cases = [c for c in CASES if not wanted or any(word in f"{c[0]} w{c[1]}" for word in wanted)]
    peer = importlib.util.find_spec("torch") is not None
    if not cases:
        return
    print(f"\n{'networks, batch 128':<21}{'libnc ms':>10}{'torch ms':>10}{'ratio':>7}{'processor':>11}{'goal':>6}"
          f"{'x floor':>9}{'conv GF':>9}{'oneDNN':>8}{'goal':>6}")
    for name, width in cases:
        times = case(folder, rounds, name, width, peer)
        best = {who: min(t[0] for (w, _), t in times.items() if w == who) for who in ("nc", "torch")
                if (who, 1) in times}
        nan = float("nan")
        processor = times["torch", 1][1] / times["nc", 1][1] if peer else nan
        work = operations(name, width)
        shares = kinds_of_work(folder, name, width)
        rate = work / (shares["convolutions"] * times["nc", 1][1]) / 1e3 if shares else nan
        other = work / theirs(name, width, 1, "convolutions")[2] / 1e3 if peer else nan
        print(f"{name + ' w' + str(width):<21}{best['nc'] / 1e3:>10.1f}{best.get('torch', nan) / 1e3:>10.1f}"
              f"{best.get('torch', nan) / best['nc']:>7.2f}{processor:>11.2f}{GOAL:>6}"
              f"{times['nc', 1][1] * peak * 1e3 / work:>9.2f}{rate:>9.0f}{other:>8.0f}{GOAL_RATE:>6}", flush=True)
        if shares:
            print(" " * 21 + ", ".join(f"{kind} {100 * share:.0f} %" for kind, share in shares.items()))
        results.append({"case": f"{name} w{width}", "us": {f"{w} {t}": v for (w, t), v in times.items()},
                        "shares": shares, "convolution_gf": rate, "onednn_gf": other})
