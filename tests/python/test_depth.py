# SPDX-License-Identifier: MIT
"""Kernels and the law of data separation, against explicit features."""
import unittest

import numpy as np

import libnc


class Depth(unittest.TestCase):
    def test_kernels(self):
        random = np.random.default_rng(4)
        labels = np.arange(30) % 3
        features = np.eye(3, 7)[labels] + random.standard_normal((30, 7)).astype(np.float32)
        report = libnc.measure(features, labels)
        linear = libnc.kernel_collapse(features, labels, "linear")
        self.assertAlmostEqual(linear["quotient"], report["nc1_quotient"], 10)
        wide = np.maximum(features @ random.standard_normal((7, 200000)) * np.sqrt(2 / 7), 0)
        found = libnc.measure(wide / np.sqrt(200000), labels, scatter="none")
        self.assertAlmostEqual(libnc.kernel_collapse(features, labels)["quotient"],
                               found["nc1_quotient"], 1)
        with self.assertRaisesRegex(libnc.ArgumentError, "kernel = 'rbf'"):
            libnc.kernel_collapse(features, labels, "rbf")
        with self.assertRaises(libnc.ArgumentError):
            libnc.kernel_collapse(features, labels, "ntk", hidden=0)

    def test_law(self):
        rho, correlation = libnc.separation_law([9.0, np.nan, 1.0, 1 / 3])
        self.assertAlmostEqual(rho, 1 / 3, 12)
        self.assertAlmostEqual(correlation, -1, 12)


if __name__ == "__main__":
    unittest.main()
