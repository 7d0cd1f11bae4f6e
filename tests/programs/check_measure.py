# SPDX-License-Identifier: MIT
"""What the program measure says of MNIST's pixels against a computation in numpy, to 1e-9.

    python3 check_measure.py MEASURE FOLDER_OF_MNIST FOLDER_FOR_FILES
"""

import gzip
import json
import os
import subprocess
import sys

import numpy as np

TOLERANCE = 1e-9  # relative; sums of 10,000 x 784 numbers of 8 bits in float64 are right to 1e-12


def read_idx(path):
    with gzip.open(path) as file:
        data = file.read()
    rank = data[3]
    shape = np.frombuffer(data, ">u4", rank, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def nz(matrix):
    return matrix / np.linalg.norm(matrix)


def cosines(rows):
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return (unit @ unit.T)[~np.eye(len(rows), dtype=bool)]


def expected(x, y, weights, bias):
    """Definitions of doc/metrics.md, written out."""
    classes, count = len(weights), np.bincount(y)
    means = np.stack([x[y == k].mean(0) for k in range(classes)])
    centred = means - x.mean(0)
    deviations = x - means[y]
    within = deviations.T @ deviations / len(x)
    between = centred.T @ centred / classes
    variability = np.array([(deviations[y == k] ** 2).sum() / count[k] for k in range(classes)])
    values, vectors = np.linalg.eigh(between)
    values, vectors = values[-(classes - 1) :], vectors[:, -(classes - 1) :]
    nc1 = (np.einsum("ij,ij->j", vectors, within @ vectors) / values).sum() / classes
    off = ~np.eye(classes, dtype=bool)
    distances = ((means[:, None] - means[None]) ** 2).sum(2)
    pairs = (variability[:, None] + variability[None])[off] / (2 * distances[off])
    etf, of = np.eye(classes) - 1 / classes, np.eye(classes)
    nearest = np.array([((row - means) ** 2).sum(1).argmin() for row in x])
    decision = (x @ weights.T + bias).argmax(1)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    gaps = np.sqrt(((unit[:, None] - unit[None]) ** 2).sum(2))[off]

    def spread(rows):
        lengths = np.linalg.norm(rows, axis=1)
        return lengths.std() / lengths.mean()

    def angles(rows):
        return np.abs(cosines(rows) + 1 / (classes - 1)).mean()

    weighted = (count / len(x) * (centred**2).sum(1)).sum()
    singular = np.linalg.svd(centred, compute_uv=False)
    return {
        "nc1": nc1,
        "nc1_undivided": classes * nc1,
        "nc1_quotient": np.trace(within) / np.trace(between),
        "nc1_normalised": np.trace(within) / (np.trace(within) + weighted),
        "nc1_quotient_balanced": variability.mean() / np.trace(between),
        "cdnv": pairs.mean(),
        "tr_sigma_w": np.trace(within),
        "tr_sigma_b": np.trace(between),
        "tr_sigma_b_weighted": weighted,
        "global_mean_norm": np.linalg.norm(x.mean(0)),
        "nc2_equinorm_features": spread(centred),
        "nc2_equinorm_classifier": spread(weights),
        "nc2_equiangular_features": angles(centred),
        "nc2_equiangular_classifier": angles(weights),
        "nc2_equiangular_features_max": np.abs(cosines(centred) + 1 / (classes - 1)).max(),
        "cosine_features_mean": cosines(centred).mean(),
        "cosine_features_std": cosines(centred).std(),
        "coherence_features": np.abs(cosines(centred)).max(),
        "nc2_etf_features": np.linalg.norm(nz(centred @ centred.T) - nz(etf)),
        "nc2_etf_classifier": np.linalg.norm(nz(weights @ weights.T) - nz(etf)),
        "nc2_of_features": np.linalg.norm(nz(means @ means.T) - nz(of)),
        "nc2_of_classifier": np.linalg.norm(nz(weights @ weights.T) - nz(of)),
        "uniformity_features": np.log(1 / gaps).mean(),
        "nc3_etf": np.linalg.norm(nz(weights @ centred.T) - nz(etf)),
        "nc3_of": np.linalg.norm(nz(weights @ means.T) - nz(of)),
        "nc3_duality": np.linalg.norm(nz(weights) - nz(centred)),
        "nc4": (nearest == decision).mean(),
        "nc4_bias": np.linalg.norm(weights @ x.mean(0) + bias),
        "accuracy": (decision == y).mean(),
        "nearest_accuracy": (nearest == y).mean(),
        "rank_features": classes - 1,
        "stable_rank_features": (singular**2).sum() / singular[0] ** 2,
        "condition_features": singular[0] / singular[classes - 2],
    }


def main():
    measure, mnist, folder = sys.argv[1:4]
    images = os.path.join(mnist, "t10k-images-idx3-ubyte.gz")
    labels = os.path.join(mnist, "t10k-labels-idx1-ubyte.gz")
    x = read_idx(images).reshape(-1, 784).astype(np.float64)
    y = read_idx(labels).astype(int)
    # A linear classifier by ridge regression onto the labels.
    extended = np.hstack([x / 255, np.ones((len(x), 1))])
    gram = extended.T @ extended + 10 * np.eye(785)
    solution = np.linalg.solve(gram, extended.T @ np.eye(10)[y])
    weights, bias = np.ascontiguousarray(solution[:-1].T) / 255, solution[-1]
    paths = [os.path.join(folder, name) for name in ("w.npy", "b.npy")]
    np.save(paths[0], weights)
    np.save(paths[1], bias)
    command = [measure, "--features", images, "--labels", labels, "--classifier", paths[0]]
    output = subprocess.run(
        command + ["--bias", paths[1], "--json"], check=True, capture_output=True
    ).stdout
    measured, bad = json.loads(output), 0
    for name, value in expected(x, y, weights, bias).items():
        error = abs(measured[name][0] - value) / abs(value)
        if not error <= TOLERANCE:
            print(f"{name}: {measured[name][0]!r}, numpy {value!r}: off by {error:.2g}")
            bad += 1
    print(f"MNIST in numpy: {bad} metrics differ")
    sys.exit(bad > 0)


main()
