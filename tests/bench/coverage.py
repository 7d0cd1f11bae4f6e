#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How often intervals from standard errors cover: 2,000 simulated sets for each number of samples.

    PYTHONPATH=python LIBNC_LIBRARY=lib/libnc.so coverage.py [SETS [GROUPS]]

Normal features about K = 6 means in 12 dimensions, unlike variances. nc1_corrected is asked to cover NC1 of
the distribution, the others their own mean over the sets: they describe samples, not distributions. The interval
is x exp(-+ t e/x), that of accuracy x -+ t e. doc/metrics.md, "Standard errors", has the table.
"""
import sys

import numpy as np

import libnc

COUNTS = (5, 10, 30, 100, 1000)
METRICS = ("nc1_corrected", "nc1", "cdnv", "nc2_equinorm_features", "accuracy")
QUANTILES = {20: 2.0930, 32: 2.0395, 50: 2.0096}  # Student's 97.5 %, groups - 1 degrees of freedom


def scene(random, K=6, d=12, apart=8):
    means = random.standard_normal((K, d))
    means *= apart * (1 + random.random((K, 1)) / 2) / np.linalg.norm(means, axis=1, keepdims=True)
    turn = np.linalg.qr(random.standard_normal((d, d)))[0]
    return means, np.sqrt(np.linspace(0.3, 2, d))[:, None] * turn


def simulate(random, means, spread, n, groups):
    K, d = means.shape
    y = np.repeat(np.arange(K), n)
    h = means[y] + random.standard_normal((K * n, d)) @ spread
    logits = h @ means.T - (means**2).sum(axis=1) / 2 + 60 * random.standard_normal((K * n, K))
    accumulator = libnc.Accumulator(K, d, groups=groups)
    accumulator.update(h, y, logits)
    report = accumulator.compute()
    return [report[m] for m in METRICS], [report.errors[m] for m in METRICS]


def main():
    sets, groups = [int(a) for a in sys.argv[1:]] + [2000, 32][len(sys.argv) - 1:]
    random = np.random.default_rng(1)
    means, spread = scene(random)
    centred = means - means.mean(axis=0)
    truth = np.trace(spread.T @ spread @ np.linalg.pinv(centred.T @ centred))
    print("n_k", *METRICS, sep="\t")
    for n in COUNTS:
        found = np.array([simulate(random, means, spread, n, groups) for _ in range(sets)])
        values, errors = found[:, 0], found[:, 1]
        aims = values.mean(axis=0)
        aims[0] = truth
        away = np.abs(np.log(values / aims)) * values
        away[:, -1] = np.abs(values - aims)[:, -1]
        covered = (away < QUANTILES[groups] * errors).mean(axis=0)
        print(n, *(f"{share:.4f}" for share in covered), sep="\t", flush=True)


if __name__ == "__main__":
    main()
