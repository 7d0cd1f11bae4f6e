# SPDX-License-Identifier: MIT
"""measure --theory on features and weights that are exactly a minimiser that predict proves.

    python3 check_theory.py PROGRAMS [--large]

PROGRAMS is the folder of the built programs. With --large only the sizes of ImageNet-LT: 1000
classes of 1280 down to 5 samples in 512 dimensions, with the seconds that they take.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np

PRODUCT_ERROR = 1e-6  # relative
DISTANCE = 1e-8
LARGE_SECONDS = 60
failures = 0


def long_tail(classes, most, least):
    """The usual profile: n_k falls geometrically, rounded down."""
    return [int(most * (least / most) ** (k / (classes - 1)) + 1e-9) for k in range(classes)]


def run(programs, name, *arguments):
    command = [os.path.join(programs, "libnc-" + name), *map(str, arguments), "--quiet", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {done.stderr.strip()}")
    return json.loads(done.stdout)


class Minimiser:
    """Class means, weights and bias with the Gram matrices and logits of a prediction."""

    def __init__(self, programs, counts, loss, decays, bias, width, depth=1):
        weight_decay, feature_decay = decays
        options = ["--counts", ",".join(map(str, counts)), "--loss", loss, "--depth", depth]
        options += ["--weight-decay", weight_decay, "--feature-decay", feature_decay]
        options += ["--width", width] if loss == "mse" else []
        predicted = run(programs, "predict", *options, *(["--bias"] if bias else []))
        self.product = weight_decay**depth * feature_decay
        self.rank, self.width = predicted["rank"], width
        logits = np.array(predicted["logits"])
        values, vectors = np.linalg.eigh(np.array(predicted["classifier_gram"]))
        largest = np.argsort(values)[::-1][: self.rank]
        weights = vectors[:, largest] * np.sqrt(values[largest])
        means = np.linalg.lstsq(weights, logits, rcond=None)[0].T
        assert np.abs(weights @ means.T - logits).max() < 1e-8 and self.rank <= width
        # Turned into the given width by rows that are orthonormal.
        turn = np.linalg.qr(np.random.default_rng(1).normal(size=(width, self.rank)))[0].T
        self.weights, self.means = weights @ turn, means @ turn
        self.bias = np.array(predicted["bias"]) if bias else None
        self.labels = np.repeat(np.arange(len(counts)), counts)


def write(minimiser, shards, absent):
    """Options of measure; `absent` classes without samples come after the others."""
    weights, bias = minimiser.weights, minimiser.bias
    rows = minimiser.means[minimiser.labels]
    for i, part in enumerate(np.array_split(np.arange(len(rows)), shards)):
        np.save(f"x{i}.npy", rows[part])
        np.save(f"y{i}.npy", minimiser.labels[part])
    np.save("w.npy", np.vstack([weights, np.ones((absent, weights.shape[1]))]))
    options = ["--features", "x*.npy", "--labels", "y*.npy", "--classifier", "w.npy"]
    options += ["--classes", len(weights) + absent, "--theory"]
    if bias is not None:
        np.save("b.npy", np.concatenate([bias, np.zeros(absent)]))
        options = ["--bias", "b.npy", *options]
    return options


def check(title, minimiser, measured, product_error=PRODUCT_ERROR, distance=DISTANCE):
    global failures
    product = measured["fitted_decay_product"]
    error = np.inf if product is None else abs(product / minimiser.product - 1)
    good = error <= product_error and measured["fitted_distance"] <= distance
    failures += not good
    print(
        f"{'ok  ' if good else 'FAIL'} {title}: rank {minimiser.rank}, product off by {error:.1e}, "
        f"distance {measured['fitted_distance']:.1e}"
    )


def unit(name):
    """A Gram matrix of --out, at Frobenius norm 1; classes that are absent are nan in it."""
    gram = np.genfromtxt(os.path.join("files", name), comments="#")
    return gram / np.sqrt(np.nansum(gram**2))


def check_panels(programs):
    """The matrices of both panels of the figures agree, and leave the same class out."""
    global failures
    clear()
    counts, loss, decays, bias, width, depth, shards, absent = CASES["mse, absent class"]
    minimiser = Minimiser(programs, counts, loss, decays, bias, width, depth)
    run(programs, "measure", *write(minimiser, shards, absent), loss, "--out", "files")
    for kind in "classifier", "features":
        predicted, measured = unit(f"gram_{kind}_predicted.tsv"), unit(f"gram_{kind}_measured.tsv")
        there = slice(0, len(counts))
        error = np.abs(predicted - measured)[there, there].max()
        good = error < 1e-8 and np.isnan(predicted[-1]).all() and np.isnan(predicted[:, -1]).all()
        failures += not good
        print(f"{'ok  ' if good else 'FAIL'} panels of the {kind}: {error:.1e} apart")


# counts, loss, (lw, lh), bias, width, depth, shards, absent classes
CASES = {
    "mse": (long_tail(10, 60, 5), "mse", (5e-4, 1e-4), False, 16, 1, 1, 0),
    "mse, d < K": (long_tail(100, 500, 5), "mse", (5e-4, 1e-5), False, 64, 1, 1, 0),
    "mse, d < K, bias": (long_tail(100, 500, 5), "mse", (5e-4, 1e-5), True, 64, 1, 1, 0),
    "mse, tie at d < K": ([30] * 6 + [8] * 6, "mse", (5e-4, 1e-4), False, 9, 1, 1, 0),
    "mse, two layers": (long_tail(10, 60, 5), "mse", (5e-3, 5e-3), False, 8, 2, 1, 0),
    "mse, two layers, bias": (long_tail(10, 60, 5), "mse", (5e-3, 5e-3), True, 12, 2, 1, 0),
    "mse, absent class": (long_tail(10, 60, 5), "mse", (5e-4, 1e-4), True, 16, 1, 1, 1),
    "mse, shards": (long_tail(10, 60, 5), "mse", (5e-4, 1e-4), False, 8, 1, 12, 0),
    "mse, equal counts": ([20] * 6, "mse", (5e-4, 1e-4), True, 16, 1, 1, 0),
    "ce": (long_tail(10, 60, 5), "ce", (5e-3, 1e-3), False, 16, 1, 1, 0),
    "ce, bias": (long_tail(10, 60, 5), "ce", (5e-3, 1e-3), True, 16, 1, 1, 0),
    "ce, d < K": (long_tail(40, 200, 4), "ce", (1.5e-3, 1.5e-3), False, 32, 1, 1, 0),
    "ce, d < K, bias": (long_tail(40, 200, 4), "ce", (1.5e-3, 1.5e-3), True, 32, 1, 1, 0),
    "ce, absent class, shards": (long_tail(10, 60, 5), "ce", (5e-3, 1e-3), True, 16, 1, 5, 1),
    "ce, equal counts": ([20] * 6, "ce", (5e-4, 1e-4), True, 16, 1, 1, 0),
}


def clear():
    for name in os.listdir("."):
        shutil.rmtree(name) if os.path.isdir(name) else os.remove(name)


def check_small(programs):
    global failures
    for title, (counts, loss, decays, bias, width, depth, shards, absent) in CASES.items():
        clear()
        minimiser = Minimiser(programs, counts, loss, decays, bias, width, depth)
        options = write(minimiser, shards, absent)
        head = ["--depth", depth] if depth > 1 else []
        check(title, minimiser, run(programs, "measure", *options, loss, *head))
        if len(set(counts)) == 1 or shards > 1 or absent > 0:
            continue
        # Another scale of features: the shapes alone know the decays then.
        np.save("x0.npy", 3 * np.load("x0.npy"))
        check(title + ", scaled", minimiser, run(programs, "measure", *options, loss, *head))
    check_panels(programs)
    # A layer of the backbone in the table is no layer of the head.
    clear()
    counts, loss, decays, bias, width, depth, shards, absent = CASES["ce, bias"]
    minimiser = Minimiser(programs, counts, loss, decays, bias, width)
    np.save("other.npy", np.random.default_rng(0).normal(size=(sum(counts), 4)))
    options = write(minimiser, shards, absent)
    measured = run(programs, "measure", *options, loss, "--layer", "a=other.npy")
    check("ce, another layer", minimiser, measured)
    # Many different counts: searched with near ones taken together, unless the logits tell all.
    clear()
    many = Minimiser(programs, long_tail(300, 1280, 5), "ce", (2e-4, 2e-4), False, 200)
    options = [*write(many, 1, 0), "ce", "--one-pass", "--scatter", "none"]
    check("ce, many counts", many, run(programs, "measure", *options))
    np.save("x0.npy", 3 * np.load("x0.npy"))
    check("ce, many counts, scaled", many, run(programs, "measure", *options), 2e-2, 5e-2)
    # Lengths that grow where decays make them fall: the less decay the nearer, and never near.
    clear()
    frame = np.eye(*minimiser.means.shape) / np.sqrt(np.array(counts, float))[:, None]
    minimiser.weights, minimiser.means = frame, frame**2
    minimiser.bias = None
    measured = run(programs, "measure", *write(minimiser, 1, 0), "mse")
    good = measured["fitted_decay_product"] is None
    failures += not good
    print(f"{'ok  ' if good else 'FAIL'} nothing fits: {measured['fitted_decay_product']}")


def check_large(programs):
    global failures
    counts = long_tail(1000, 1280, 5)
    for loss, decay, bias in (("mse", 1e-6, False), ("mse", 1e-6, True), ("ce", 4e-5, False)):
        clear()
        minimiser = Minimiser(programs, counts, loss, (decay, decay), bias, 512)
        options = write(minimiser, 1, 0)
        for title in ("exact", "noisy"):
            if title == "noisy":
                noise = np.random.default_rng(2).normal(size=minimiser.means.shape)
                minimiser.means = minimiser.means + 0.3 * minimiser.means.std() * noise
                options = write(minimiser, 1, 0)
            begin, used = time.time(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            measured = run(programs, "measure", *options, loss, "--one-pass", "--scatter", "none")
            seconds = time.time() - begin
            used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - used
            name = f"{loss}{', bias' if bias else ''}, {title}"
            if title == "exact":
                check(name, minimiser, measured)
            failures += seconds > LARGE_SECONDS
            print(
                f"     {name}: {seconds:.1f} s, {used:.1f} s of processors, product {measured['fitted_decay_product']}, "
                f"distance {measured['fitted_distance']}",
                flush=True,
            )


def main():
    programs = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        check_large(programs) if "--large" in sys.argv[2:] else check_small(programs)
        os.chdir("/")
    print(f"theory: {failures} failures")
    sys.exit(failures > 0)


main()
