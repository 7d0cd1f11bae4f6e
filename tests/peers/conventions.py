#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What published toolkits compute, from their formulas, on three data sets.

Each convention of libnc (doc/metrics.md, "Conventions") is written out here with numpy as its paper
and code have it: dense matrices, pseudo-inverses, every sample at once. Nothing of libnc is used.
tests/test_convention.c compares libnc with the table that this prints, and with the numbers that
three toolkits printed themselves, which are in toolkits_table.h beside this file.

    conventions.py               print the table, a C header
    conventions.py --check F     compare with the table in file F
    conventions.py --toolkits F  compare with the toolkits' own numbers in file F
"""
import os
import re
import sys

import numpy as np

MASK = (1 << 64) - 1


def uniform(count, seed):
    """SplitMix64, uniform on (-1, 1): the numbers of tests/support/random_values.h."""
    values = []
    for _ in range(count):
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        z ^= z >> 31
        values.append(((z >> 11) + 0.5) * 2.0**-52 - 1)
    return np.array(values)


# counts, width, spread within classes, seed; LAMBDA: the decays of the prediction
SETS = [((5, 5, 5, 5), 6, 0.9, 11), ((9, 7, 5, 3, 2), 8, 0.6, 22), ((12, 6, 3), 12, 1e-3, 33)]
LAMBDA = 1e-3


def random_set(counts, width, spread, seed):
    K, N = len(counts), sum(counts)
    centres = uniform(K * width, seed).reshape(K, width)
    y = np.repeat(np.arange(K), counts)
    h = 0.25 + centres[y] + spread * uniform(N * width, seed + 1).reshape(N, width)
    w = 0.7 * centres + uniform(K * width, seed + 2).reshape(K, width)
    return Data(h, y, w, 0.5 * uniform(K, seed + 3))


def stored_set(name):
    with np.load(os.path.join(os.path.dirname(__file__), name + ".npz")) as file:
        return Data(*(file[member] for member in ("features", "labels", "classifier", "bias")))


class Data:
    def __init__(self, features, labels, classifier, bias):
        self.h, self.y, self.w, self.b = features, labels, classifier, bias
        self.counts = counts = np.bincount(labels)
        self.K, self.N, self.d = K, N, _ = len(counts), *features.shape
        self.m = np.array([self.h[self.y == k].mean(axis=0) for k in range(K)])
        deviations = self.h - self.m[self.y]
        self.sw = deviations.T @ deviations / N
        self.v = np.array([(deviations[self.y == k]**2).sum() / counts[k] for k in range(K)])
        self.prediction = (self.h @ self.w.T + self.b).argmax(axis=1)
        distances = np.linalg.norm(self.h[:, None, :] - self.m[None, :, :], axis=2)
        self.nearest = distances.argmin(axis=1)


def normalised(a):
    return a / np.linalg.norm(a)


def frame(a, target):
    return np.linalg.norm(normalised(a) - normalised(target))


def simplex(K):
    return np.eye(K) - np.ones((K, K)) / K


def pairs(grid):
    return grid[np.triu_indices(len(grid), 1)]


def cdnv(x, v=None):
    v = x.v if v is None else v
    square = ((x.m[:, None, :] - x.m[None, :, :])**2).sum(axis=2)
    return pairs((v[:, None] + v[None, :]) / 2 / np.where(square > 0, square, 1)).mean()


def unbiased_cdnv(x):
    return cdnv(x, x.v * x.counts / (x.counts - 1))


def second_order(c, d, sigma):
    """The coefficient of t^2 in tr(sigma a^+ a^+T), a = c + t d of as many independent rows as c has."""
    h = np.linalg.pinv(c @ c.T)
    g1, g2 = c @ d.T + d @ c.T, d @ d.T
    inverse = (h, -h @ g1 @ h, h @ g1 @ h @ g1 @ h - h @ g2 @ h)
    middle = (c @ sigma @ c.T, c @ sigma @ d.T + d @ sigma @ c.T, d @ sigma @ d.T)
    return sum(np.trace(inverse[i] @ middle[j] @ inverse[2 - i - j])
               for i in range(3) for j in range(3 - i))


def corrected_nc1(x):
    """NC1 less its bias: the second derivative by the class means, direction by direction of their
    noise, for d >= K - 1."""
    m = x.N - x.K
    c, sigma = x.m - x.h.mean(axis=0), x.sw * x.N / m
    noise = np.diag(1 / x.counts) - 1 / x.N  # of the rows of c
    directions = [[np.sqrt(max(value, 0)) * vector for value, vector in zip(values, vectors.T)]
                  for values, vectors in (np.linalg.eigh(noise), np.linalg.eigh(sigma))]
    bias = sum(second_order(c, np.outer(a, b), sigma) for a in directions[0] for b in directions[1])
    # sigma^2 estimates the square of what sigma estimates with a bias of its own
    excess = sigma @ sigma - (sigma @ sigma - np.trace(sigma) * sigma / m) * m * m / (m + 2) / (m - 1)
    h = np.linalg.pinv(c @ c.T)
    square, h2 = c @ excess @ c.T, h @ h
    bias -= np.trace(excess) * np.trace(h2 @ noise)
    bias += 2 * (2 * np.trace(h2 @ square @ h @ noise) + np.trace(h @ noise) * np.trace(h2 @ square)
                 + np.trace(h @ square) * np.trace(h2 @ noise))
    found = np.trace(sigma @ np.linalg.pinv(c.T @ c))
    return found - bias if abs(bias) <= found / 2 else np.nan


def signed_equinorm(lengths):
    logs = np.log(lengths)
    return pairs(logs[:, None] - logs[None, :]).mean()


def default(x):
    """Every metric of libnc's own definitions that is no comparison."""
    K, N, d = x.K, x.N, x.d
    mean, means = x.h.mean(axis=0), np.linalg.norm(x.m, axis=1)
    centred = x.m - mean
    lengths, rows = np.linalg.norm(centred, axis=1), np.linalg.norm(x.w, axis=1)
    sb, weighted = centred.T @ centred / K, (centred.T * (x.counts / N)) @ centred
    balanced = np.zeros((d, d))
    for k in range(K):
        deviations = x.h[x.y == k] - x.m[k]
        balanced += deviations.T @ deviations / x.counts[k] / K
    w_centred = x.w - x.w.mean(axis=0)
    along = (x.w * centred).sum(axis=1) / rows / lengths
    values = {
        "nc1": np.trace(x.sw @ np.linalg.pinv(sb)) / K,
        "nc1_corrected": corrected_nc1(x),
        "nc1_undivided": np.trace(x.sw @ np.linalg.pinv(sb)),
        "nc1_weighted": np.trace(x.sw @ np.linalg.pinv(weighted)) / K,
        "nc1_balanced": np.trace(balanced @ np.linalg.pinv(sb)) / K,
        "nc1_quotient": np.trace(x.sw) / np.trace(sb),
        "nc1_normalised": np.trace(x.sw) / ((x.h - mean)**2).sum() * N,
        "nc1_quotient_balanced": x.v.mean() / np.trace(sb),
        "tr_sigma_w": np.trace(x.sw),
        "tr_sigma_b": np.trace(sb),
        "tr_sigma_b_weighted": np.trace(weighted),
        "global_mean_norm": np.linalg.norm(mean),
        "cdnv": cdnv(x),
        "cdnv_unbiased": unbiased_cdnv(x),
        "nc2_equinorm_features": lengths.std() / lengths.mean(),
        "nc2_equinorm_features_signed": signed_equinorm(lengths),
        "nc2_equinorm_classifier": rows.std() / rows.mean(),
        "nc2_equinorm_features_unbiased": lengths.std(ddof=1) / lengths.mean(),
        "nc2_equinorm_classifier_unbiased": rows.std(ddof=1) / rows.mean(),
        "nc2_etf_features": frame(centred @ centred.T, simplex(K)),
        "nc2_etf_classifier": frame(x.w @ x.w.T, simplex(K)),
        "nc3_etf": frame(x.w @ centred.T, simplex(K)),
        "nc2_of_features": frame(x.m @ x.m.T, np.eye(K)),
        "nc2_of_classifier": frame(x.w @ x.w.T, np.eye(K)),
        "nc3_of": frame(x.w @ x.m.T, np.eye(K)),
        "nc2_etf_classifier_centred": frame(w_centred @ w_centred.T, simplex(K)),
        "nc3_etf_centred": frame(w_centred @ centred.T, simplex(K)),
        "nc3_duality": np.linalg.norm(normalised(x.w) - normalised(centred)),
        "nc3_duality_squared": np.linalg.norm(normalised(x.w) - normalised(centred))**2,
        "nc3_duality_cosine": (1 - along).mean(),
        "nc3_duality_cosine_std": along.std(),
        "nc4": (x.prediction == x.nearest).mean(),
        "nc4_mismatch": (x.prediction != x.nearest).mean(),
        "accuracy": (x.prediction == x.y).mean(),
        "nearest_accuracy": (x.nearest == x.y).mean(),
        "nc4_bias": np.linalg.norm(x.w @ mean + x.b),
        "rank_features": np.linalg.matrix_rank(centred),
        "rank_means": np.linalg.matrix_rank(x.m),
        "rank_classifier": np.linalg.matrix_rank(x.w),
        "stable_rank_features": (np.linalg.norm(centred) / np.linalg.norm(centred, 2))**2,
        "stable_rank_means": (np.linalg.norm(x.m) / np.linalg.norm(x.m, 2))**2,
        "stable_rank_classifier": (np.linalg.norm(x.w) / np.linalg.norm(x.w, 2))**2,
    }
    singular = np.linalg.svd(centred, compute_uv=False)
    values["condition_features"] = singular[0] / singular[K - 2]
    for name, unit in (("features", centred / lengths[:, None]), ("classifier", x.w / rows[:, None])):
        cosine = pairs(unit @ unit.T)
        distance = np.linalg.norm(unit[:, None, :] - unit[None, :, :], axis=2) + np.eye(K)
        kernel = pairs(-np.log(distance))
        values[f"nc2_equiangular_{name}"] = np.abs(cosine + 1 / (K - 1)).mean()
        values[f"nc2_equiangular_{name}_max"] = np.abs(cosine + 1 / (K - 1)).max()
        values[f"cosine_{name}_mean"] = cosine.mean()
        values[f"cosine_{name}_std"] = cosine.std()
        values[f"coherence_{name}"] = np.abs(cosine).max()
        values[f"uniformity_{name}"] = kernel.mean()
        values[f"uniformity_{name}_variance"] = kernel.var()
        values[f"riesz_{name}"] = np.log(np.exp(max(d - 2, 1) * kernel).mean())
    return values


def papyan2020(x):
    K = x.K
    centred = x.m - x.m.mean(axis=0)
    sb = centred.T @ centred / K
    values, vectors = np.linalg.eigh(sb)
    values, vectors = values[-(K - 1):], vectors[:, -(K - 1):]  # the K - 1 largest
    inverse = vectors @ np.diag(1 / values) @ vectors.T
    means, rows = np.linalg.norm(centred, axis=1), np.linalg.norm(x.w, axis=1)

    def angles(v):
        gram = v @ v.T + np.ones((K, K)) / (K - 1)
        return np.abs(gram - np.diag(np.diag(gram))).sum() / (K * (K - 1))

    return {
        "nc1": np.trace(x.sw @ inverse),
        "nc2_equinorm_features": means.std(ddof=1) / means.mean(),
        "nc2_equinorm_classifier": rows.std(ddof=1) / rows.mean(),
        "nc2_equiangular_features": angles(centred / means[:, None]),
        "nc2_equiangular_classifier": angles(x.w / rows[:, None]),
        "nc3_duality": np.linalg.norm(normalised(x.w) - normalised(centred))**2,
        "nc4": 1 - (x.prediction == x.nearest).mean(),
        "accuracy": (x.prediction == x.y).mean(),
    }


def pinv_nc1(x, centre):
    centred = x.m - centre
    sb = centred.T @ centred / x.K
    return np.trace(x.sw @ np.linalg.pinv(sb)) / x.K


def zhu2021(x):
    mean = x.h.mean(axis=0)
    return {
        "nc1": pinv_nc1(x, mean),
        "nc2_etf_classifier": frame(x.w @ x.w.T, simplex(x.K)),
        "nc3_etf": frame(x.w @ (x.m - mean).T, simplex(x.K)),
        "nc4": np.linalg.norm(x.w @ mean + x.b),
    }


def zhou2022(x):
    mean, w = x.h.mean(axis=0), x.w - x.w.mean(axis=0)
    return {
        "nc1": pinv_nc1(x, mean),
        "nc2_etf_classifier": frame(w @ w.T, simplex(x.K)),
        "nc3_etf": frame(w @ (x.m - mean).T, simplex(x.K)),
        "nc4": np.linalg.norm(x.w @ mean + x.b),
    }


def tirer2023(x):
    centred = x.m - x.h.mean(axis=0)
    return {"nc1": np.trace(x.sw) / np.trace(centred.T @ centred / x.K)}


def dang2023(x):
    mean, K, N = x.h.mean(axis=0), x.K, x.N
    # one layer: beta_k = N^2 lw lh/n_k = 1/(x + 1)^2
    roots = np.maximum(np.sqrt(x.counts / (N * N * LAMBDA * LAMBDA)) - 1, 0)
    power = N * LAMBDA * roots  # s^2
    return {
        "nc1": pinv_nc1(x, mean),
        "nc2_etf_classifier": frame(x.w @ x.w.T, simplex(K)),
        "nc3_etf": frame(x.w @ (x.m - mean).T, simplex(K)),
        "nc2_of_classifier": frame(x.w @ x.w.T, np.eye(K)),
        "nc3_of": frame(x.w @ x.m.T, np.eye(K)),
        "nc2_predicted_classifier": frame(x.w @ x.w.T, np.diag(power)),
        "nc2_predicted_features": frame(x.m @ x.m.T, np.diag(power / (power + N * LAMBDA)**2)),
        "nc3_predicted": frame(x.w @ x.m.T, np.diag(power / (power + N * LAMBDA))),
    }


def wu2024(x, divisor=None):
    centred = x.m - x.m.mean(axis=0)
    between = centred.T @ centred / (divisor or x.K)
    lengths = np.linalg.norm(centred, axis=1)
    unit = centred / lengths[:, None]
    distance = np.linalg.norm(unit[:, None, :] - unit[None, :, :], axis=2) + np.eye(x.K)
    kernel = pairs(np.log(1 / distance))
    return {
        "nc1": np.trace(np.linalg.pinv(between) @ x.sw) / x.K,
        "nc1_quotient": np.trace(x.sw) / np.trace(between),
        "cdnv": cdnv(x),
        "nc2_equinorm_features": lengths.std(ddof=1) / lengths.mean(),
        "nc2_etf_features": frame(centred @ centred.T, simplex(x.K)),
        "nc3_etf": frame(x.w @ centred.T, simplex(x.K)),
        "uniformity_features": kernel.mean(),
        "uniformity_features_variance": kernel.var(),
        "nc4": np.nan,  # its decisions leave the bias out, and these sets have one
    }


def galanti2022(x):
    return {"nc1": cdnv(x)}


def wu2024_before_2024_11(x):
    return wu2024(x, x.d)


def nc_toolbox(x):
    centred = x.m - x.h.mean(axis=0)
    within, between = np.trace(x.sw), np.trace(centred.T @ centred / x.K)
    lengths = np.linalg.norm(centred, axis=1)
    unit = centred / lengths[:, None]
    distance = np.linalg.norm(unit[:, None, :] - unit[None, :, :], axis=2) + np.eye(x.K)
    return {
        "nc1": pinv_nc1(x, x.h.mean(axis=0)),
        "nc1_normalised": within / (within + between),
        "cdnv": unbiased_cdnv(x),
        "nc2_equinorm_features": signed_equinorm(lengths),
        "nc2_equiangular_features": pairs(unit @ unit.T + 1 / (x.K - 1)).mean(),
        "uniformity_features": pairs(np.log(1 / distance)).mean(),
        "nc3_duality": np.linalg.norm(normalised(x.w) - normalised(centred)),
        "nc4": (x.prediction == x.nearest).mean(),
    }


TOOLKITS = [default, papyan2020, zhu2021, zhou2022, tirer2023, dang2023, wu2024, galanti2022,
            wu2024_before_2024_11, nc_toolbox]


def table():
    for number, settings in enumerate(SETS):
        data = random_set(*settings)
        for toolkit in TOOLKITS:
            for metric, value in toolkit(data).items():
                yield number, toolkit.__name__, metric, float(value)


def write():
    print("/* SPDX-License-Identifier: MIT")
    print(" *")
    print(" * conventions_table.h: what published toolkits compute on three data sets. Written by")
    print(" * tests/peers/conventions.py; not edited by hand.")
    print(" */")
    print("#ifndef CONVENTIONS_TABLE_H")
    print("#define CONVENTIONS_TABLE_H")
    print()
    print("#include <math.h>")
    print()
    print("static const struct {")
    print("    int data;")
    print("    const char *convention, *metric;")
    print("    double value;")
    print("} conventions_table[] = {")
    for number, toolkit, metric, value in table():
        text = "NAN" if np.isnan(value) else repr(value)
        print(f'    {{{number}, "{toolkit}", "{metric}", {text}}},')
    print("};")
    print()
    print("#endif")


def differ(a, b, tolerance):
    if np.isnan(a) or np.isnan(b):
        return np.isnan(a) != np.isnan(b)
    return abs(a - b) > tolerance * max(abs(b), 1e-3)


def check(path):
    with open(path, encoding="ascii") as file:
        stored = re.findall(r'\{(\d), "(\w+)", "(\w+)", ([^}]+)\}', file.read())
    fresh = list(table())
    wrong = len(stored) != len(fresh)
    for (a, b, c, d), (number, toolkit, metric, value) in zip(stored, fresh):
        same = (int(a), b, c) == (number, toolkit, metric)
        # pseudo-inverses and differences from a frame lose some digits in numpy itself
        if not same or differ(float(d), value, 1e-9):
            print(f"{toolkit} {metric} of set {number}: stored {d}, computed {value!r}")
            wrong = True
    return 1 if wrong else 0


def check_toolkits(path):
    with open(path, encoding="ascii") as file:
        rows = re.findall(r'\{"(\w+)",\s*"(\w+)",\s*"(\w+)",\s*([^,]+),\s*([^}]+)\}', file.read())
    wrong = not rows
    formulas = {toolkit.__name__: toolkit for toolkit in TOOLKITS}
    for name, convention, metric, printed, tolerance in rows:
        data = stored_set(name)
        if convention == "wu2024":
            data = Data(data.h, data.y, data.w, 0 * data.b)
        value = formulas[convention](data)
        value = (data.prediction == data.nearest).mean() if metric == "nc4" and convention != "zhu2021" \
            else value[metric]
        if differ(value, float(printed), float(tolerance)):
            print(f"{convention} {metric} of {name}: printed {printed}, computed {value!r}")
            wrong = True
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        sys.exit(check(sys.argv[2]))
    if len(sys.argv) == 3 and sys.argv[1] == "--toolkits":
        sys.exit(check_toolkits(sys.argv[2]))
    write()
