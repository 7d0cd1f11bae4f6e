# SPDX-License-Identifier: MIT
"""make bench: libnc and PyTorch side by side, in turn, in one run.

usage: bench.py FOLDER-OF-BENCH-PROGRAMS [ROUNDS] [CASE ...]

Each round times every contender of a case once, one after the other, so that a machine whose speed
drifts treats them alike; the table gives medians over the rounds. PyTorch runs at its best thread
count of 1 and 2. Floors: arithmetic = multiply-adds of the step at the measured peak of the threads
in use; memory = bytes that one step must read and write at the measured bandwidth of that working
set. "x floor" is the step's time over the larger of the two.

Steps of convolutional networks come next (bench_networks.py, peer_networks_torch.py).

Metrics of features in memory (bench_metrics.c, peer_metrics_torch.py) come after them:
seconds for all metrics, against PyTorch on two threads with one-hot matrix products, as the NCollapse
toolkit sums by class, and against the best of PyTorch: also with index_add_, also on one thread. libnc
forms the d x d scatter in its first pass ("full"), or r x r numbers of it in the second, all that NC1
asks for ("projected"). "near" features are decided by their distance from the class mean, "far"
ones by all logits and distances. The share of the SGEMM rate is that of the scatter's N d^2
operations (the symmetric half) in the time of the first pass.

OpenBLAS before 0.3.22 does not know some recent processors and falls back to its slowest kernels.
Where that happens the run chooses its AVX-512 or AVX2 kernels by OPENBLAS_CORETYPE, for both
contenders, and says so; set the variable yourself to overrule it.
"""
import ctypes
import ctypes.util
import json
import os
import statistics
import subprocess
import sys

from bench_networks import compare_networks

FREE = {"classes": 4, "per_class": 100, "width": 64, "depth": 1, "loss": "mse", "scale": 0.1,
        "rate": 0.1, "decay": 5e-4}
DEEP = {**FREE, "width": 2048, "depth": 6, "scale": 0.02}
MLP = {"widths": [784, 512, 512, 10], "batch": 256, "samples": 10240, "rate": 0.01, "decay": 5e-4}

F64 = {"scalar": "float64", "reduction": 1, "threads": 1}
F32 = {"scalar": "float32", "reduction": 0, "threads": 1}

# name, problem, libnc's settings, wanted ratio
CASES = [
    ("M=1 reduced f64", FREE, F64, 40),
    ("M=3 reduced f64", {**FREE, "depth": 3}, F64, 30),
    ("M=6 reduced f64", {**FREE, "depth": 6}, F64, 30),
    ("M=1 f32", FREE, F32, 8),
    ("M=3 f32", {**FREE, "depth": 3}, F32, 15),
    ("M=1 n=10000 reduced f64", {**FREE, "per_class": 10000}, F64, 1000),
    ("CE M=1 f64", {**FREE, "loss": "ce"}, {**F64, "reduction": 0}, 10),
    ("CE M=1 f32", {**FREE, "loss": "ce"}, F32, 10),
    ("M=6 d=2048 f32", DEEP, {**F32, "threads": 2}, 5),
    ("MLP b=256 f32", MLP, {**F32, "threads": 2}, 1.4),
]

SMALL = {"samples": 50000, "width": 512, "classes": 10}
LARGE = {"samples": 100000, "width": 2048, "classes": 1000}

# name, features, kinds of scatter, rounds, wanted ratio
METRIC_CASES = [
    ("d=512 K=10 near", {**SMALL, "spread": 0.5}, ["full", "projected"], 3, 5),
    ("d=512 K=10 far", {**SMALL, "spread": 3}, ["full", "projected"], 3, 5),
    ("d=2048 K=1000 near", {**LARGE, "spread": 0.5}, ["full"], 1, 5),
    ("d=2048 K=1000 far", {**LARGE, "spread": 3}, ["full"], 1, 5),
]


def openblas_core():
    """The kernels that the system's OpenBLAS picked, or None for another BLAS."""
    try:
        blas = ctypes.CDLL("libblas.so.3")
        name = blas.openblas_get_corename
    except (OSError, AttributeError):
        try:
            name = ctypes.CDLL("libopenblas.so.0").openblas_get_corename
        except (OSError, AttributeError):
            return None
    name.restype = ctypes.c_char_p
    return name().decode()


def cpu_flags():
    try:
        with open("/proc/cpuinfo", encoding="ascii") as info:
            return next(line for line in info if line.startswith("flags")).split()
    except (OSError, StopIteration):
        return []


def choose_kernels():
    """Restarts with OPENBLAS_CORETYPE where OpenBLAS misjudges the processor."""
    core, flags = openblas_core(), cpu_flags()
    better = "SkylakeX" if "avx512f" in flags else "Haswell" if "avx2" in flags else None
    if core == "Prescott" and better and "OPENBLAS_CORETYPE" not in os.environ:
        print(f"OpenBLAS chose its {core} kernels; running both sides with {better}.")
        sys.stdout.flush()
        os.environ["OPENBLAS_CORETYPE"] = better
        os.execv(sys.executable, [sys.executable] + sys.argv)


def run_program(folder, program, *arguments):
    result = subprocess.run([os.path.join(folder, program), *map(str, arguments)],
                            check=True, capture_output=True, text=True)
    return [float(word) for word in result.stdout.split()]


def libnc_time(folder, problem, settings):
    arguments = []
    for key, value in {**problem, **settings}.items():
        if isinstance(value, list):
            value = ",".join(map(str, value))
        arguments.append(f"{key}={value}")
    return run_program(folder, "bench_train", *arguments)[0]


def step_cost(problem, settings):
    """Floating-point operations and bytes of one step, at the least."""
    size = 8 if settings["scalar"] == "float64" else 4
    if "widths" in problem:
        widths, batch = problem["widths"], problem["batch"]
        pairs = list(zip(widths, widths[1:]))
        products = [2 * batch * a * b for a, b in pairs]
        flops = 3 * sum(products) - products[0]
        parameters = sum(a * b + b for a, b in pairs)
        # weights forward, backward; update reads weight, velocity, gradient, writes two; batch
        return flops, size * (2 * parameters + 5 * parameters + batch * (2 * widths[0] + 6 * sum(widths[1:])))
    k, d, depth = problem["classes"], problem["width"], problem["depth"]
    rows = k * problem["per_class"]
    if settings["reduction"]:
        rows = min(rows, k + d)
    tall = (depth - 1) * d * d
    flops = 2 * 3 * k * (rows * d + tall)
    # H and W_j with their velocities read and written once; W_j read once more for the products
    return flops, size * (4 * rows * d + 5 * tall)


def working_set(problem, settings):
    size = 8 if settings["scalar"] == "float64" else 4
    if "widths" in problem:
        widths = problem["widths"]
        return size * 3 * sum(a * b for a, b in zip(widths, widths[1:]))
    k, d, depth = problem["classes"], problem["width"], problem["depth"]
    rows = k * problem["per_class"]
    if settings["reduction"]:
        rows = min(rows, k + d)
    return size * 2 * (rows * d + (depth - 1) * d * d)


def time_metrics(folder, case, kinds, rounds, peer):
    """Times of libnc by kind of scatter, of the peer by (style, threads), in turn."""
    arguments = [f"{key}={value}" for key, value in case.items()]
    ours, theirs = {kind: [] for kind in kinds}, {}
    for _ in range(rounds):
        for kind in kinds:
            ours[kind].append(run_program(folder, "bench_metrics", *arguments, f"scatter={kind}"))
        for style in ("onehot", "index") if peer else ():
            for threads in (2, 1):
                theirs.setdefault((style, threads), []).append(peer.time(style, threads))
    return ours, theirs


def compare_metrics(folder, wanted, gemm2, results):
    """The table of METRIC_CASES."""
    cases = [case for case in METRIC_CASES if not wanted or any(word in case[0] for word in wanted)]
    if not cases:
        return
    try:
        import peer_metrics_torch
    except ImportError:
        peer_metrics_torch = None
    print(f"\n{'metrics':<19}{'scatter':<10}{'libnc s':>9}{'first':>7}{'second':>8}{'report':>8}"
          f"{'onehot s':>10}{'ratio':>7}{'best s':>8}{'ratio':>7}{'goal':>6}{'% SGEMM':>9}")
    for name, case, kinds, rounds, goal in cases:
        peer = peer_metrics_torch.Peer(case) if peer_metrics_torch else None
        ours, theirs = time_metrics(folder, case, kinds, rounds, peer)
        medians = {key: statistics.median(times) for key, times in theirs.items()}
        onehot = medians.get(("onehot", 2), float("nan"))
        best = min(medians.values(), default=float("nan"))
        for kind, rows in ours.items():
            mine, first, begin, second, report = (statistics.median(column)
                                                  for column in list(zip(*rows))[:5])
            share = case["samples"] * case["width"] ** 2 / first / 1e9 / gemm2
            print(f"{name:<19}{kind:<10}{mine:>9.2f}{first:>7.2f}{begin + second:>8.2f}{report:>8.2f}"
                  f"{onehot:>10.2f}{onehot / mine:>7.1f}{best:>8.2f}{best / mine:>7.1f}{goal:>6}"
                  + (f"{100 * share:>9.0f}" if kind == "full" else ""), flush=True)
            results.append({"case": f"metrics {name} {kind}", "libnc_s": rows,
                            "torch_s": {f"{s} {t}": v for (s, t), v in theirs.items()},
                            "ratio": onehot / mine})


# name, arguments, rounds, wanted seconds
GEOMETRIES = [
    ("Figure 3, 41 points, as groups", {"case": "curve"}, 5, 0.02),
    ("Figure 3, 41 points, in general", {"case": "curve", "symmetry": 0}, 5, 1),
    ("K=100000, three sizes", {"case": "sizes", "classes": 100000, "decay": 1e-7}, 5, 0.05),
    ("K=100, decays", {"case": "distinct", "classes": 100, "symmetry": 0}, 5, 2),
    ("K=100, energies", {"case": "distinct", "classes": 100, "symmetry": 0, "form": "energy"}, 5, 2),
    ("K=500, decays, gap 1e-6", {"case": "distinct", "classes": 500, "symmetry": 0,
                                 "tolerance": 1e-6, "threads": 2}, 1, 120),
    ("K=500, energies, gap 1e-6", {"case": "distinct", "classes": 500, "symmetry": 0,
                                   "tolerance": 1e-6, "threads": 2, "form": "energy"}, 1, 120),
]


def time_geometries(folder, wanted, results):
    """Certified cross-entropy geometries; there is no peer, so the goals are absolute."""
    cases = [case for case in GEOMETRIES
             if not wanted or any(word in case[0] for word in wanted)]
    if not cases:
        return
    print(f"\n{'geometry':<34}{'seconds':>10}{'goal':>8}{'gap':>10}")
    for name, case, rounds, goal in cases:
        arguments = [f"{key}={value}" for key, value in case.items()]
        runs = [run_program(folder, "bench_geometry", *arguments) for _ in range(rounds)]
        seconds = statistics.median(run[0] for run in runs)
        print(f"{name:<34}{seconds:>10.4f}{goal:>8}{max(run[1] for run in runs):>10.1e}", flush=True)
        results.append({"case": name, "libnc_s": [run[0] for run in runs]})


def main():
    folder = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    wanted = sys.argv[3:]
    choose_kernels()
    try:
        import peer_torch
    except ImportError:
        peer_torch = None
        print("PyTorch is not installed (Debian: python3-torch): libnc alone.")
    peak64, peak32, gemm1, gemm2 = run_program(folder, "bench_machine")
    print(f"one core: {peak64:.0f} GF float64, {peak32:.0f} GF float32; "
          f"SGEMM {gemm1:.0f} GF on one thread, {gemm2:.0f} on two; "
          f"OpenBLAS kernels: {openblas_core()}")
    print(f"{'case':<25}{'libnc us':>10}{'torch us':>10}{'ratio':>8}{'goal':>6}"
          f"{'arith us':>10}{'memory us':>10}{'x floor':>8}")
    results = []
    for name, problem, settings, goal in CASES:
        if wanted and not any(word in name for word in wanted):
            continue
        ours, theirs = [], {1: [], 2: []}
        for _ in range(rounds):
            ours.append(libnc_time(folder, problem, settings))
            for threads in theirs if peer_torch else ():
                theirs[threads].append(peer_torch.time_case(problem, threads))
        mine = statistics.median(ours)
        peer = min(statistics.median(t) for t in theirs.values()) if peer_torch else float("nan")
        flops, size = step_cost(problem, settings)
        threads = settings["threads"]
        peak = (peak64 if settings["scalar"] == "float64" else peak32) * threads
        rate = run_program(folder, "bench_machine", working_set(problem, settings), threads)[0]
        arithmetic, memory = flops / peak / 1e3, size / rate / 1e3
        print(f"{name:<25}{mine:>10.2f}{peer:>10.1f}{peer / mine:>8.1f}{goal:>6}"
              f"{arithmetic:>10.2f}{memory:>10.2f}{mine / max(arithmetic, memory):>8.2f}",
              flush=True)
        if "widths" in problem:
            print(f"{'':<25}{flops / mine / 1e3:.0f} GF, {100 * flops / mine / 1e3 / gemm2:.0f} % of "
                  "the two-thread SGEMM rate")
        results.append({"case": name, "libnc_us": ours, "torch_us": theirs, "ratio": peer / mine})
    compare_networks(folder, rounds, wanted, peak32, results)
    compare_metrics(folder, wanted, gemm2, results)
    time_geometries(folder, wanted, results)
    with open(os.path.join(folder, "bench.json"), "w", encoding="ascii") as out:
        json.dump(results, out, indent=1)


if __name__ == "__main__":
    main()
