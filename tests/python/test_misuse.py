# SPDX-License-Identifier: MIT
"""Whatever is passed: an exception of the package or of Python, with a text, and never a crash."""
import os
import subprocess
import sys
import unittest

import numpy as np

import libnc

X = np.arange(24, dtype=np.float64).reshape(6, 4) ** 0.5
Y = np.array([0, 0, 1, 1, 2, 2])
W = np.eye(3, 4)


class Refusals(unittest.TestCase):
    def refused(self, kind, text, call, *arguments, **settings):
        with self.assertRaisesRegex(kind, text):
            call(*arguments, **settings)

    def test_measure(self):
        nan = X.copy()
        nan[4, 2] = np.nan
        for kind, text, arguments in (
            (libnc.NotFiniteError, "row 4", (nan, Y)),
            (libnc.DimensionError, "labels: 5 of them: must be 6", (X, Y[:5])),
            (libnc.ArgumentError, "label", (X, Y - 1)),
            (libnc.DimensionError, r"W: has shape \(3, 3\)", (X, Y, np.eye(3))),
            (libnc.DimensionError, "b: has shape", (X, Y, W, np.zeros(4))),
            (libnc.DimensionError, "features: has shape", (X[None], Y)),
            (libnc.DimensionError, "no row", (X[:0], Y[:0])),
            (libnc.ArgumentError, "labels: is of float64", (X, Y * 1.0)),
            (libnc.ArgumentError, "features: is of complex128", (X * 1j, Y)),
            (libnc.ArgumentError, "features: ", ([[1, 2], [3]], Y)),
            (libnc.ArgumentError, "features: ", ("text", Y)),
            (libnc.ArgumentError, "masked", (np.ma.masked_greater(X, 3), Y)),
            (libnc.ArgumentError, "features: ", (None, Y)),
            (libnc.NotFiniteError, "classifier", (X, Y, np.full((3, 4), np.inf))),
            (libnc.ArgumentError, "beyond int64", (X, Y.astype(np.uint64) + np.uint64(1 << 63))),
        ):
            self.refused(kind, text, libnc.measure, *arguments)
        self.refused(libnc.ArgumentError, "convention", libnc.measure, X, Y, convention="mine")
        self.refused(libnc.ArgumentError, "label", libnc.measure, X, Y, classes=2)

    def test_accumulator(self):
        a = libnc.Accumulator(3)
        a.update(X, Y)
        self.refused(libnc.DimensionError, "has 3 columns: must have 4", a.update, X[:, :3], Y)
        self.refused(libnc.ArgumentError, "other", a.merge, X)
        self.refused(libnc.ArgumentError, "geometry: is a Report", a.compute().compare, a.compute())
        self.refused(libnc.Error, "", a.merge, libnc.Accumulator(4, 4))
        self.refused(libnc.ArgumentError, "scatter", libnc.Accumulator, 3, 4, scatter="most")
        self.refused(libnc.FileError, "no-such-file", libnc.Accumulator.load, "/no-such-file")
        self.assertEqual(a.samples, 6)

    def test_first_batch(self):
        a = libnc.Accumulator(3)
        self.refused(libnc.ArgumentError, "label", a.update, X[:, :3], Y - 9)
        self.assertEqual(a.width, 0)
        a.update(X, Y)
        self.assertEqual((a.width, a.samples), (4, 6))

    def test_after_close(self):
        report = libnc.measure(X, Y)
        report._handle.close()
        report._handle.close()
        self.refused(libnc.StateError, "closed", lambda: report["nc1"])
        self.refused(KeyError, "nc9", lambda: libnc.measure(X, Y)["nc9"])

    def test_numbers_are_no_paths(self):
        """open(1) is the standard output, and closes it."""
        self.refused(TypeError, "PathLike", libnc.measure(X, Y).to_csv, 1)
        self.refused(TypeError, "PathLike", libnc.Tracker.load, True)

    def test_predict(self):
        for kind, text, arguments, settings in (
            (libnc.ArgumentError, "counts", ([0, 3],), {}),
            (libnc.ArgumentError, "counts", ([1.5, 3],), {}),
            (libnc.ArgumentError, "loss", ([2, 3], "hinge"), {}),
            (libnc.ArgumentError, "decay", ([2, 3],), {"decay": -1}),
            (libnc.ArgumentError, "depth", ([2, 3],), {"depth": 0}),
            (libnc.DimensionError, "", ([2, 3],), {"depth": 3, "weight_decay": [1e-3, 1e-3]}),
            (libnc.UnsupportedError, "", ([2, 3], "ce"), {"depth": 2}),
            (libnc.ArgumentError, "only one", ([2, 3], "ce"), {"class_weights": [1, 1],
                                                              "oversampling": [1, 1]}),
        ):  # fmt: skip
            self.refused(kind, text, libnc.predict, *arguments, **settings)
        self.refused(libnc.ArgumentError, "no setting is an array", libnc.sweep, [2, 3])

    def test_what_would_be_cut(self):
        beyond = 1 << 64
        self.refused(libnc.ArgumentError, "32 bits", libnc.predict, [5, 4], depth=(1 << 32) + 1)
        self.refused(libnc.ArgumentError, "64 bits", libnc.Accumulator, beyond + 3, 4)
        self.refused(libnc.ArgumentError, "32 bits", libnc.Context, (1 << 32) + 2)
        self.refused(TypeError, "integer", libnc.Accumulator, 2.9)
        self.refused(TypeError, "integer", libnc.measure, X, Y, classes=3.5)
        self.refused(libnc.ArgumentError, "NUL", libnc.Accumulator, 3, 4, scatter="full\0none")
        self.refused(libnc.ArgumentError, "NUL", libnc.Accumulator.load, "run.nca\0.old")
        self.assertEqual(libnc.predict([5, 4], depth=np.int64(2)).depth, 2)

    def test_library(self):
        for path, text in ("/no/libnc.so", "was not found"), ("libc.so.6", "has no libnc_"):
            run = subprocess.run(
                [sys.executable, "-c", "import libnc"], capture_output=True, text=True,
                env={**os.environ, "LIBNC_LIBRARY": path},
            )  # fmt: skip
            self.assertNotEqual(run.returncode, 0)
            self.assertIn(text, run.stderr)
            self.assertIn("LibraryError", run.stderr)


class Exit(unittest.TestCase):
    def test_used_by_an_exit_handler(self):
        """One that was registered before the package's own."""
        code = """
import atexit
held = []
atexit.register(lambda: print(held[0]["nc1"], libnc.measure([[0.0], [1.0], [5.0]], [0, 0, 1])["nc1"]))
import libnc
held.append(libnc.measure([[0.0], [1.0], [5.0]], [0, 0, 1]))
"""
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertEqual(*run.stdout.split())


class Random(unittest.TestCase):
    def test_a_thousand_misuses(self):
        numbers = np.random.default_rng(5)
        report, accumulator = libnc.measure(X, Y, W), libnc.Accumulator(3)
        odd = [
            None, "", "x", -1, 0, 3, 1 << 40, 1e300, np.nan, True, [], [1, 2], {}, object(), X, Y, W,
            X[0], X[:0], X.T, X.astype(np.float32), X.astype(complex), X[..., None], Y.astype(np.int8),
            Y[::-1], np.array(object()), np.zeros((3, 0)), b"bytes", range(6), lambda: 0, report,
            accumulator,
        ]  # fmt: skip
        calls = [
            libnc.measure, accumulator.update, accumulator.begin_second_pass, accumulator.compute,
            accumulator.merge, accumulator.save, libnc.Accumulator, libnc.Accumulator.load, libnc.predict,
            report.gram, report.cosines, report.to_csv, report.compare, libnc.Tracker().log,
            libnc.Tracker.load, libnc.long_tailed, libnc.sweep, libnc.Context,
        ]  # fmt: skip
        worked = 0
        folder = os.getcwd()
        import tempfile

        with tempfile.TemporaryDirectory() as temporary:
            os.chdir(temporary)
            try:
                for _ in range(1500):
                    call = calls[numbers.integers(len(calls))]
                    count = int(numbers.integers(1, 5))
                    arguments = [odd[i] for i in numbers.integers(0, len(odd), count)]
                    if numbers.integers(2):
                        arguments[:2] = [X, Y][:count]
                    try:
                        call(*arguments)
                        worked += 1
                    except (libnc.Error, TypeError, ValueError, OSError, KeyError) as error:
                        self.assertNotIsInstance(error, libnc.InternalError, (call, arguments))
                    except AttributeError as error:
                        self.assertIn("object has no attribute", str(error))
            finally:
                os.chdir(folder)
        self.assertGreater(worked, 10)
        self.assertEqual(report["nc1"], libnc.measure(X, Y, W)["nc1"])


if __name__ == "__main__":
    unittest.main()
