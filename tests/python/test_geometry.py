# SPDX-License-Identifier: MIT
"""predict(), thresholds, remedies and sweeps: known answers of the pages."""
import unittest

import numpy as np

import libnc


class Known(unittest.TestCase):
    def test_long_tail(self):
        counts = libnc.long_tailed(100, 500, 100)
        geometry = libnc.predict(counts, "ce", decay=5e-4)
        self.assertEqual(geometry.status, "proven")
        self.assertEqual(len(geometry.not_predicted), 39)
        self.assertEqual(counts[geometry.not_predicted].max(), 29)
        self.assertLess(geometry.gap, 1e-9 * geometry.loss)
        np.testing.assert_array_equal(np.flatnonzero(geometry.margins <= 0), geometry.not_predicted)

    def test_falls(self):
        falls = libnc.predict([500, 200, 30], "ce").fall_decays()
        np.testing.assert_allclose(falls[1:], [0.026729, 0.011981], rtol=1e-4)

    def test_closed_form(self):
        """MSE, one layer, no bias: orthogonal rows of length ((sqrt(n lh/lw)) - N lh ...)."""
        n, lw, lh = np.array([40, 20, 10]), 2e-3, 1e-4
        geometry = libnc.predict(n, weight_decay=lw, feature_decay=lh)
        N = n.sum()
        s = np.sqrt(n) - N * np.sqrt(lw * lh)  # singular values of Z D
        np.testing.assert_allclose(geometry.singular_values, np.sort(s)[::-1], rtol=1e-12)
        np.testing.assert_allclose(geometry.logits, np.diag(s / np.sqrt(n)), atol=1e-12)
        rows, means = geometry.lengths()
        np.testing.assert_allclose(rows * means, s / np.sqrt(n), rtol=1e-12)
        self.assertEqual(geometry.rank, 3)
        self.assertTrue(geometry.unique)

    def test_remedies(self):
        counts = [200, 100, 10]
        remedies = libnc.predict(counts, "ce", decay=2e-2).remedies(0.5)
        at = libnc.predict(counts, "ce", decay=remedies.decay)
        self.assertAlmostEqual(at.margins.min(), 0.5, places=5)
        weighted = libnc.predict(counts, "ce", decay=2e-2, class_weights=remedies.repeats) if (
            remedies.repeats.any()
        ) else None
        if weighted is not None:
            self.assertGreaterEqual(weighted.margins.min(), 0.5)

    def test_energies_and_search(self):
        peeled = libnc.predict([100] * 3 + [1] * 7, "ce", energies=(1, 5))
        self.assertEqual(peeled.status, "proven")
        found = libnc.predict([5] * 4, "ce", depth=3, decay=5e-3, starts=4)
        self.assertEqual(found.status, "best known")

    def test_sweep(self):
        table = libnc.sweep([500, 50], "mse", decay=np.geomspace(1e-4, 1, 5), depth=[1, 2, 3])
        self.assertEqual(table["loss"].shape, (5, 3))
        self.assertEqual(table["margins"].shape, (5, 3, 2))
        alone = libnc.predict([500, 50], "mse", decay=np.geomspace(1e-4, 1, 5)[2], depth=2)
        self.assertEqual(table["loss"][2, 1], alone.loss)
        self.assertTrue((np.diff(table["loss"], axis=0) >= 0).all())

    def test_counts_are_its_own(self):
        counts = np.array([50, 20, 5])
        geometry = libnc.predict(counts)
        counts[0] = 1
        self.assertEqual(geometry.counts.tolist(), [50, 20, 5])

    def test_scalars_of_numpy(self):
        one = libnc.predict([5, 4], bias=True, width=2, seed=3)
        two = libnc.predict([5, 4], bias=np.bool_(True), width=np.int32(2), seed=np.uint8(3))
        self.assertEqual(one.loss, two.loss)

    def test_repr(self):
        self.assertIn("every class is predicted", repr(libnc.predict([5, 5], decay=1e-3)))


if __name__ == "__main__":
    unittest.main()
