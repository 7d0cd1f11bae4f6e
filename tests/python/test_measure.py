# SPDX-License-Identifier: MIT
"""measure() and Accumulator against libnc-measure and NumPy."""
import json
import math
import os
import pathlib
import subprocess
import tempfile
import threading
import unittest

import numpy as np

import libnc

PROGRAM = pathlib.Path(os.environ.get("BUILD", "build")) / "programs" / "libnc-measure"


def data(seed):
    """Sizes, types and imbalance that differ from seed to seed."""
    numbers = np.random.default_rng(seed)
    k, d = int(numbers.integers(2, 12)), int(numbers.integers(1, 40))
    n = int(numbers.integers(k, 300))
    y = np.concatenate([np.arange(k), numbers.integers(0, numbers.integers(1, k + 1), n - k)])
    x = numbers.normal(size=(n, d)) * 10.0 ** numbers.integers(-4, 1) + numbers.normal(size=(k, d))[y]
    w, b = numbers.normal(size=(k, d)), numbers.normal(size=k)
    if seed % 3 == 0:
        x = x.astype(np.float32)
    return x, y, (w if seed % 4 else None), (b if seed % 4 > 1 else None)


class AgainstTheProgram(unittest.TestCase):
    def test_same_bits(self):
        if not PROGRAM.exists():
            self.skipTest(f"no {PROGRAM}")
        for seed in range(30):
            x, y, w, b = data(seed)
            with tempfile.TemporaryDirectory() as folder:
                command = [str(PROGRAM), "--json", "--quiet", "--threads", "1"]
                for option, values in ("features", x), ("labels", y), ("classifier", w), ("bias", b):
                    if values is not None:
                        path = os.path.join(folder, option + ".npy")
                        np.save(path, values)
                        command += ["--" + option, path]
                printed = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
            report = libnc.measure(x, y, w, b)
            for name, value in report.items():
                shown = printed[name][0]
                self.assertEqual(None if math.isnan(value) else value, shown, f"{seed}: {name}")
            self.assertEqual(printed["counts"], report.counts.tolist())
            self.assertEqual(report.width, x.shape[1])


    def test_errors(self):
        random = np.random.default_rng(3)
        labels = np.arange(60) % 4
        features = np.eye(4, 6)[labels] * 4 + random.standard_normal((60, 6))
        report = libnc.measure(features, labels, groups=15)
        plain = libnc.measure(features, labels)
        self.assertEqual(report["nc1"], plain["nc1"])
        self.assertTrue(0 < report.errors["nc1"] < report["nc1"])
        self.assertTrue(math.isnan(plain.errors["nc1"]))
        self.assertEqual(set(report.errors), set(report))
        with self.assertRaisesRegex(libnc.ArgumentError, "groups = 1: must be 0 or 2 to 1000"):
            libnc.measure(features, labels, groups=1)

    def test_by_frequency(self):
        if not PROGRAM.exists():
            self.skipTest(f"no {PROGRAM}")
        numbers = np.random.default_rng(8)
        counts = [300, 120, 40, 13, 9, 3, 1]
        y = np.repeat(np.arange(7), counts)
        w = numbers.normal(size=(7, 10))
        x = w[y] + 0.3 * numbers.normal(size=(len(y), 10))
        w *= np.linspace(1, 0.1, 7)[:, None]
        with tempfile.TemporaryDirectory() as folder:
            names = {"features": x, "labels": y, "classifier": w}
            command = [str(PROGRAM), "--by-frequency", "--quiet", "--threads", "1"]
            for option, values in names.items():
                np.save(f"{folder}/{option}.npy", values)
                command += ["--" + option, f"{folder}/{option}.npy"]
            run = subprocess.run([*command, "--json"], capture_output=True, check=True)
            printed = json.loads(run.stdout)
            subprocess.run([*command, "--out", folder], capture_output=True, check=True)
            written = pathlib.Path(folder, "by_frequency.tsv").read_text().splitlines()
            text = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        report = libnc.measure(x, y, w, cross_entropy=True)
        self.assertEqual(printed["margin"], report.per_class["margin"].tolist())
        wrong = np.flatnonzero(report.per_class["margin"] <= 0).tolist()
        self.assertEqual(printed["not_predicted"], wrong)
        self.assertIn(f"{len(wrong)} of 7 classes are not predicted", text)
        known = report.by_frequency()
        for name, found in printed["by_frequency"].items():
            other = known[{"row_norm": "classifier_norm", "nc4": "agreement"}.get(name, name)]
            for which in "spearman", "pearson":
                value = other[which]
                self.assertEqual(None if math.isnan(value) else value, found[which], name)
            np.testing.assert_allclose(list(other["decades"].values()), found["decades"], rtol=1e-12)
        self.assertEqual(len(written), 2 + len(printed["by_frequency"]))


class AgainstNumpy(unittest.TestCase):
    def test_metrics(self):
        for seed in range(8):
            x, y, w, _ = data(seed)
            x = x.astype(np.float64)
            report = libnc.measure(x, y, w)
            k = report.classes
            means = np.stack([x[y == c].mean(0) for c in range(k)])
            within = sum(np.sum((x[y == c] - means[c]) ** 2) for c in range(k)) / len(x)
            centred = means - x.mean(0)
            np.testing.assert_allclose(report["tr_sigma_w"], within, rtol=1e-10)
            np.testing.assert_allclose(report["tr_sigma_b"], np.sum(centred**2) / k, rtol=1e-10)
            np.testing.assert_allclose(report.gram("centred"), centred @ centred.T, atol=1e-10)
            np.testing.assert_allclose(
                report.per_class["mean_norm"], np.linalg.norm(means, axis=1), rtol=1e-10
            )
            values = np.linalg.eigvalsh(centred.T @ centred / k)[::-1]
            np.testing.assert_allclose(
                report.spectrum(), values[: min(k, x.shape[1])], atol=1e-12 * values[0]
            )
            if w is not None:
                right = np.mean(np.argmax(x @ w.T, 1) == y)
                self.assertAlmostEqual(report["accuracy"], right, places=12)


class Accumulators(unittest.TestCase):
    def test_batches(self):
        x, y, w, b = data(7)
        whole = libnc.measure(x, y, w, b)
        a = libnc.Accumulator(whole.classes)
        for second in (False, True):
            if second:
                a.begin_second_pass(w, b)
            for begin in range(0, len(x), 17):
                a.update(x[begin : begin + 17], y[begin : begin + 17])
        for name, value in a.compute().items():
            np.testing.assert_allclose(value, whole[name], rtol=1e-12, err_msg=name)
        self.assertEqual(a.samples, len(x))
        self.assertEqual(a.second_samples, len(x))

    def test_save_merge_reset(self):
        x, y, w, _ = data(5)
        halves = [libnc.Accumulator(int(y.max()) + 1) for _ in range(2)]
        for i, a in enumerate(halves):
            a.update(x[i::2], y[i::2])
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "a.ncs"
            halves[0].save(path)
            again = libnc.Accumulator.load(path)
            np.testing.assert_array_equal(again.means, halves[0].means)
            again.merge(halves[1])
            np.testing.assert_allclose(
                again.compute(w)["nc1"], libnc.measure(x, y, w)["nc1"], rtol=1e-9
            )
            path.write_bytes(path.read_bytes()[:-3])
            with self.assertRaisesRegex(libnc.FileError, "a.ncs"):
                libnc.Accumulator.load(path)
        halves[0].reset()
        self.assertEqual(halves[0].samples, 0)
        with self.assertRaises(libnc.StateError):
            libnc.Accumulator(3).compute()

    def test_logits(self):
        x, y, w, b = data(6)
        a = libnc.Accumulator(len(w))
        a.update(x, y, x @ w.T + b)
        self.assertEqual(a.compute()["accuracy"], libnc.measure(x, y, w, b)["accuracy"])


class Reports(unittest.TestCase):
    def test_forms(self):
        x, y, w, b = data(11)
        report = libnc.measure(x, y, w, b, layers={"squares": x**2, "own": (x, w)})
        self.assertEqual(set(report.layers), {"squares", "own"})
        self.assertEqual(report.layers["own"]["nc3_etf"], report["nc3_etf"])
        self.assertIn("squares", report.to_csv())
        self.assertIn(r"nc1\_quotient", report.to_latex())
        pair = libnc.measure(x, y, np.repeat(w[:1], len(w), axis=0))  # rows at no distance
        self.assertIn(r"$\infty$", pair.to_latex(names=["riesz_classifier"]))
        self.assertIn("nc1_quotient", repr(report))
        json.dumps(report.to_dict())
        before = report["nc1"]
        report.convention = "papyan2020"
        self.assertEqual(report.convention, "papyan2020")
        self.assertEqual(report.convention, libnc.measure(x, y, convention="papyan2020").convention)
        report.convention = "default"
        self.assertEqual(report["nc1"], before)
        self.assertEqual(report.cosines(bins=7).sum(), report.classes * (report.classes - 1) // 2)

    def test_by_frequency(self):
        """Against NumPy at K = 1000: ranks by sorting, correlations by corrcoef, distances by loops."""
        numbers = np.random.default_rng(4)
        k, d = 1000, 12
        counts = np.maximum(1, (300 * 0.01 ** (np.arange(k) / k)).astype(int))
        y = np.repeat(np.arange(k), counts)
        x = numbers.normal(size=(k, d))[y] + 0.2 * numbers.normal(size=(len(y), d))
        report = libnc.measure(x, y)
        means = np.stack([x[y == c].mean(0) for c in range(k)])
        v = np.array([np.mean(np.sum((x[y == c] - means[c]) ** 2, 1)) for c in range(k)])
        square = ((means[:, None] - means[None]) ** 2).sum(-1)
        np.fill_diagonal(square, np.inf)
        cdnv = ((v[:, None] + v[None]) / 2 / square).sum(1) / (k - 1)
        centred = means - x.mean(0)
        unit = centred / np.linalg.norm(centred, axis=1)[:, None]
        cosines = unit @ unit.T
        np.fill_diagonal(cosines, -2)
        by_class = report.per_class
        np.testing.assert_allclose(by_class["cdnv"], cdnv, rtol=1e-9)
        np.testing.assert_array_equal(by_class["nearest"], cosines.argmax(1))
        np.testing.assert_allclose(by_class["nearest_cosine"], cosines.max(1), rtol=1e-12)
        found = report.by_frequency()
        for name, values in ("cdnv", cdnv), ("variability", v), ("nearest_cosine", cosines.max(1)):
            pearson = np.corrcoef(np.log(counts), values)[0, 1]
            self.assertAlmostEqual(found[name]["pearson"], pearson, places=9)
            ranks = [np.searchsorted(np.sort(a), a) + np.searchsorted(np.sort(a), a, "right")
                     for a in (counts, by_class[name])]  # fmt: skip
            spearman = np.corrcoef(*ranks)[0, 1]
            self.assertAlmostEqual(found[name]["spearman"], spearman, places=9)
            self.assertEqual(list(found[name]["decades"]), [1, 10, 100])
            large = values[counts >= 100].mean()
            self.assertAlmostEqual(found[name]["decades"][100], large, places=9)

    def test_notes(self):
        x, y, _, _ = data(2)
        notes = libnc.measure(x, y, classes=int(y.max()) + 3).notes
        self.assertTrue(any("2 classes" in note for note in notes), notes)

    def test_prediction(self):
        geometry = libnc.predict([30, 20, 10], "mse", decay=1e-3)
        w, h = np.linalg.cholesky(geometry.classifier_gram()), None
        h = np.linalg.solve(w, geometry.logits)
        y = np.repeat(np.arange(3), [30, 20, 10])
        report = libnc.measure(h.T[y], y, w).compare(geometry, geometry.loss)
        self.assertLess(report["nc2_predicted_features"], 1e-7)
        self.assertLess(report["nc3_predicted"], 1e-7)
        self.assertEqual(report["loss_gap"], 0)


class Threads(unittest.TestCase):
    def test_shared_and_own_contexts(self):
        wanted = [libnc.measure(*data(seed))["nc1"] for seed in range(8)]
        failures = []

        def work(context):
            try:
                for seed in range(8):
                    value = libnc.measure(*data(seed), context=context)["nc1"]
                    if not (value == wanted[seed] or math.isnan(wanted[seed])):
                        failures.append((seed, value))
            except Exception as error:
                failures.append(error)

        contexts = [None, None, libnc.Context(), libnc.Context(threads=2)]
        threads = [threading.Thread(target=work, args=(c,)) for c in contexts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_fork(self):
        if not hasattr(os, "fork"):
            self.skipTest("no fork")
        wanted = libnc.measure(*data(1))["nc1"]
        child = os.fork()
        if child == 0:
            os._exit(0 if libnc.measure(*data(1))["nc1"] == wanted else 1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)


if __name__ == "__main__":
    unittest.main()
