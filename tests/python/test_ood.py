# SPDX-License-Identifier: MIT
"""Out-of-distribution scores and held-out samples against NumPy and libnc-measure."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import numpy as np

import libnc

PROGRAM = pathlib.Path(os.environ.get("BUILD", "build")) / "programs" / "libnc-measure"


def data(seed):
    """Training set, classifier, test set, and a set from elsewhere."""
    numbers = np.random.default_rng(seed)
    k, d = int(numbers.integers(2, 9)), int(numbers.integers(2, 25))
    means = 3 * numbers.normal(size=(k, d)) + numbers.normal(size=d)

    def draw(n, spread):
        y = np.concatenate([np.arange(k), numbers.integers(0, k, n)])
        return means[y] + spread * numbers.normal(size=(n + k, d)), y

    (x, y), (t, s) = draw(60 + 4 * d, 0.7), draw(50, 0.9)
    w, b = numbers.normal(size=(k, d)), numbers.normal(size=k)
    far = 3 * numbers.normal(size=(70, d)) - 1
    return x, y, w, b, t, s, far


def leading(matrix, r):
    return np.linalg.eigh(matrix)[1][:, ::-1][:, :r]


def ratio(rows, axes):
    return np.linalg.norm(rows @ axes, axis=1) / np.linalg.norm(rows, axis=1)


def expected(x, y, w, b, h):
    """Definitions of doc/metrics.md, written out."""
    (n, d), k = x.shape, len(w)
    mean, z = x.mean(0), h @ w.T + b
    means = np.stack([x[y == c].mean(0) for c in range(k)])
    within = (x - means[y]).T @ (x - means[y]) / n
    r, vim = min(k - 1, d), d // 2
    centred = ratio(h - mean, leading(np.cov(x.T, bias=True).reshape(d, d), r))
    scale = x.std(0)
    standardised = ratio((h - mean) / scale, leading(np.corrcoef(x.T).reshape(d, d), r))
    shift = np.linalg.pinv(w) @ b
    rest = np.linalg.eigh((x + shift).T @ (x + shift))[1][:, : d - vim]
    gaps = h[:, None] - means[None]
    forms = np.einsum("ncd,de,nce->nc", gaps, np.linalg.inv(within), gaps)
    deviation = h - mean
    return {
        "nci": (w[z.argmax(1)] * deviation).sum(1) / np.linalg.norm(deviation, axis=1),
        "neco": centred * z.max(1),
        "neco_ratio": centred,
        "neco_standardised": standardised * z.max(1),
        "neco_standardised_ratio": standardised,
        "neco_uncentred_ratio": ratio(h, leading(x.T @ x, r)),
        "max_logit": z.max(1),
        "energy": np.log(np.exp(z).sum(1)),
        "mahalanobis": -forms.min(1),
        "nearest_mean": -np.sqrt((gaps**2).sum(2)).min(1),
        "vim_residual": -np.linalg.norm((h + shift) @ rest, axis=1),
    }


def plain_separation(inside, outside):
    larger = (inside[:, None] > outside[None]).mean() + (inside[:, None] == outside[None]).mean() / 2
    threshold = np.sort(inside)[::-1][int(np.ceil(0.95 * len(inside) - 1e-9)) - 1]
    return larger, (outside >= threshold).mean()


class Scores(unittest.TestCase):
    def test_against_numpy(self):
        for seed in range(20):
            x, y, w, b, t, _, far = data(seed)
            found = libnc.ood(x, y, w, b, inside=t, outside=far)
            for rows, scores in (t, found.inside), (far, found.outside):
                known = expected(x, y, w, b, rows)
                self.assertEqual(list(known), list(scores))
                for name, values in known.items():
                    np.testing.assert_allclose(
                        scores[name], values, rtol=1e-8, atol=1e-9, err_msg=f"{seed}: {name}"
                    )
            for name in known:
                auroc, fpr95 = plain_separation(found.inside[name], found.outside[name])
                self.assertAlmostEqual(found.auroc[name], auroc, 12)
                self.assertAlmostEqual(found.fpr95[name], fpr95, 12)
            means = np.stack([x[y == k].mean(0) for k in range(len(w))])
            o = far.mean(0)
            cosines = means @ o / np.linalg.norm(means, axis=1) / np.linalg.norm(o)
            self.assertAlmostEqual(found.nc5, np.abs(cosines).mean(), 12)

    def test_float32_and_sets(self):
        x, y, w, b, t, _, far = data(3)
        x, t, far = x.astype(np.float32), t.astype(np.float32), far.astype(np.float32)
        single = libnc.ood(x, y, w, b, inside=t, outside=far)
        double = libnc.ood(*map(np.float64, (x,)), y, w, b, inside=t, outside={"far": far, "t": t})
        self.assertEqual(double["t"].auroc["energy"], 0.5)
        for name, values in double["far"].outside.items():
            np.testing.assert_allclose(single.outside[name], values, rtol=1e-9, atol=1e-10)

    def test_settings(self):
        x, y, w, b, *_, far = data(4)
        a = libnc.Accumulator(len(w))
        a.update(x, y)
        self.assertEqual(set(libnc.OOD(a).scores(far)), {
            "neco_ratio", "neco_standardised_ratio", "neco_uncentred_ratio", "mahalanobis",
            "nearest_mean"})  # fmt: skip
        known = expected(x, y, w, b, far)["nci"] + 0.25 * np.abs(far).sum(1)
        scorer = libnc.OOD(a, w, b, nci_norm=0.25, neco_directions=x.shape[1])
        np.testing.assert_allclose(scorer.scores(far)["nci"], known, rtol=1e-12)
        np.testing.assert_allclose(scorer.scores(far)["neco_ratio"], 1, rtol=1e-12)
        self.assertEqual(scorer.covariance_rank, x.shape[1])
        for kind, text, call in (
            (libnc.StateError, "needs a classifier", lambda: libnc.OOD(a).scores(far, ["energy"])),
            (libnc.ArgumentError, "names: 'best'", lambda: scorer.scores(far, ["best"])),
            (libnc.DimensionError, "columns", lambda: scorer.scores(far[:, 1:])),
            (libnc.DimensionError, "W: has shape", lambda: libnc.OOD(a, w.T[:1])),
            (libnc.ArgumentError, "must be an Accumulator", lambda: libnc.OOD(x)),
            (libnc.StateError, "no sample", lambda: libnc.OOD(libnc.Accumulator(2))),
            (libnc.ArgumentError, "NaN", lambda: libnc.separation([np.nan], [0.0])),
            (libnc.ArgumentError, "inside_count", lambda: libnc.separation([], [0.0])),
        ):
            with self.assertRaisesRegex(kind, text):
                call()


class HeldOut(unittest.TestCase):
    def test_against_numpy(self):
        for seed in range(20):
            x, y, w, b, t, s, _ = data(seed)
            found = libnc.measure(x, y, w, b, test=(t, s)).test
            means = np.stack([x[y == k].mean(0) for k in range(len(w))])
            deviation, centred = t - means[s], means - x.mean(0)
            within = deviation.T @ deviation / len(t)
            between = centred.T @ centred / len(w)
            nc1 = np.trace(within @ np.linalg.pinv(between, rcond=1e-10)) / len(w)
            nearest = ((t[:, None] - means[None]) ** 2).sum(2).argmin(1)
            decision = (t @ w.T + b).argmax(1)
            about = found["training_means"]
            self.assertAlmostEqual(about["nc1"] / nc1, 1, 9, seed)
            self.assertAlmostEqual(about["nc4"], (nearest == decision).mean(), 12)
            self.assertAlmostEqual(about["accuracy"], (s == decision).mean(), 12)
            self.assertAlmostEqual(about["nearest_accuracy"], (s == nearest).mean(), 12)
            self.assertEqual(dict(found["own_means"])["nc1"], libnc.measure(t, s, w, b)["nc1"])
            self.assertEqual(about.counts.tolist(), np.bincount(s, minlength=len(w)).tolist())

    def test_cross_entropy(self):
        x, y, w, b, *_ = data(6)
        z = x @ w.T + b
        losses = np.log(np.exp(z).sum(1)) - z[np.arange(len(y)), y]
        known = [losses[y == k].mean() for k in range(len(w))]
        found = libnc.measure(x, y, w, b, cross_entropy=True).per_class["cross_entropy"]
        np.testing.assert_allclose(found, known, rtol=1e-12)
        self.assertTrue(np.isnan(libnc.measure(x, y, w, b).per_class["cross_entropy"]).all())

    def test_refusals(self):
        x, y, w, b, t, s, _ = data(7)
        for kind, text, test in (
            (libnc.ArgumentError, "test: must be", t),
            (libnc.DimensionError, "test: has", (t[:, :1], s)),
            (libnc.DimensionError, "labels of test", (t, s[1:])),
            (libnc.ArgumentError, "labels: row", (t, s + 50)),
        ):
            with self.assertRaisesRegex(kind, text):
                libnc.measure(x, y, w, b, test=test)


class AgainstTheProgram(unittest.TestCase):
    def test_same_numbers(self):
        if not PROGRAM.exists():
            self.skipTest(f"no {PROGRAM}")
        x, y, w, b, t, s, far = data(11)
        with tempfile.TemporaryDirectory() as folder:
            at = lambda name: os.path.join(folder, name + ".npy")  # noqa: E731
            for name, values in zip("xywbtsf", (x, y, w, b, t, s, far)):
                np.save(at(name), values)
            command = [str(PROGRAM), "--json", "--quiet", "--threads", "1"]
            for option, name in ("features", "x"), ("labels", "y"), ("classifier", "w"), ("bias", "b"):
                command += ["--" + option, at(name)]
            command += ["--test", f"{at('t')},{at('s')}", "--ood", at("f")]
            command += ["--ood-scores", os.path.join(folder, "scores")]
            printed = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
            kept = np.load(os.path.join(folder, "scores-1.npy"))
        found = libnc.ood(x, y, w, b, inside=t, outside=far)
        self.assertEqual(printed["ood"][0]["auroc"], found.auroc)
        self.assertEqual(printed["ood"][0]["fpr95"], found.fpr95)
        self.assertEqual(printed["ood"][0]["nc5"], found.nc5)
        np.testing.assert_allclose(kept, np.stack(list(found.outside.values()), axis=1), rtol=1e-11)
        report = libnc.measure(x, y, w, b, test=(t, s))
        for side, values in report.test.items():
            for name, value in printed["test"][side].items():
                self.assertAlmostEqual(value / values[name], 1, 10)


if __name__ == "__main__":
    unittest.main()
