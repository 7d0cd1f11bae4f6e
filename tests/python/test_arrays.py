# SPDX-License-Identifier: MIT
"""Arrays of every layout give the numbers of contiguous float64, in place where that is promised."""
import sys
import tempfile
import unittest

import numpy as np

import libnc

N, D, K = 400, 12, 5


def clusters(seed=0, n=N, d=D, k=K):
    numbers = np.random.default_rng(seed)
    labels = numbers.integers(0, k, n)
    labels[:k] = np.arange(k)
    return numbers.normal(size=(n, d)) + 3 * np.eye(k, d)[labels], labels, numbers.normal(size=(k, d))


def same(one, other, names=None):
    for name in names or one:
        np.testing.assert_equal(one[name], other[name], err_msg=name)


class Layouts(unittest.TestCase):
    def setUp(self):
        self.x, self.y, self.w = clusters()
        self.whole = libnc.measure(self.x, self.y, self.w)

    def test_rows_of_a_wider_array(self):
        wide = np.zeros((N, 2 * D))
        wide[:, :D] = self.x
        same(libnc.measure(wide[:, :D], self.y, self.w), self.whole)

    def test_copies(self):
        for x in (
            np.asfortranarray(self.x),
            self.x.astype(">f8"),
            self.x[::-1][::-1],
            np.repeat(self.x, 2, axis=1)[:, ::2],
            self.x.tolist(),
        ):
            same(libnc.measure(x, self.y, self.w), self.whole)

    def test_read_only(self):
        self.x.setflags(write=False)
        same(libnc.measure(self.x, self.y, self.w), self.whole)

    def test_unaligned(self):
        raw = np.zeros(N * D * 8 + 1, dtype=np.uint8)
        x = raw[1:].view(np.float64).reshape(N, D)
        x[:] = self.x
        self.assertFalse(x.flags.aligned)
        same(libnc.measure(x, self.y, self.w), self.whole)

    def test_labels_of_any_integers(self):
        for kind in (np.int8, np.uint8, np.int16, np.uint32, np.int32, np.uint64, ">i4"):
            same(libnc.measure(self.x, self.y.astype(kind), self.w), self.whole)
        same(libnc.measure(self.x, self.y[:, None], self.w), self.whole)
        same(libnc.measure(self.x, self.y.tolist(), self.w), self.whole)

    def test_half_precision_is_converted_in_blocks(self):
        x = self.x.astype(np.float16)
        same(libnc.measure(x, self.y, self.w), libnc.measure(x.astype(np.float32), self.y, self.w))
        import libnc._arrays as arrays

        kept, arrays.BLOCK = arrays.BLOCK, 7 * D * 4
        try:
            blocks = libnc.measure(x, self.y, self.w)
        finally:
            arrays.BLOCK = kept
        one = libnc.measure(x, self.y, self.w)
        for name in one:
            np.testing.assert_allclose(blocks[name], one[name], rtol=1e-12, err_msg=name)

    def test_a_refused_batch_leaves_nothing(self):
        import libnc._arrays as arrays

        x, y, logits = self.x.astype(np.float16), self.y.copy(), self.x[:, :K].copy()
        logits[0, np.arange(K) != y[0]] = -np.inf
        a = libnc.Accumulator(K, D)
        kept, arrays.BLOCK = arrays.BLOCK, 7 * D * 4
        try:
            x[300, 2], y[350], logits[399, 0] = np.nan, K, np.nan
            with self.assertRaisesRegex(libnc.NotFiniteError, "features: row 300: "):
                a.update(x, y, logits)
            x[300, 2] = 0
            with self.assertRaisesRegex(libnc.ArgumentError, f"labels: row 350 has {K}: must be"):
                a.update(x, y, logits)
            y[350] = 0
            with self.assertRaisesRegex(libnc.NotFiniteError, "logits: row 399: "):
                a.update(x, y, logits)
            self.assertEqual(a.samples, 0)
            logits[399, 0] = 0
            a.update(x, y, logits)
            self.assertEqual(a.samples, N)
        finally:
            arrays.BLOCK = kept

    def test_a_vector_is_one_column(self):
        self.assertEqual(libnc.measure(self.x[:, 0], self.y).width, 1)


class InPlace(unittest.TestCase):
    @unittest.skipUnless(sys.platform == "linux", "no /proc")
    def test_memory_map(self):
        rows, cols = 60000, 512  # 123 MB

        def anonymous():
            for line in open("/proc/self/status"):
                if line.startswith("RssAnon"):
                    return int(line.split()[1]) * 1024

        with tempfile.NamedTemporaryFile() as file:
            x = np.memmap(file, dtype=np.float32, mode="w+", shape=(rows, cols))
            x[:] = np.random.default_rng(1).normal(size=cols).astype(np.float32)
            x[:, 0] += np.arange(rows) % 10
            x.flush()
            x = np.memmap(file.name, dtype=np.float32, mode="r", shape=(rows, cols))
            y = (np.arange(rows) % 10).astype(np.int32)
            before = anonymous()
            a = libnc.Accumulator(10)
            a.update(x, y)
            self.assertLess(anonymous() - before, 60e6)

    def test_torch(self):
        try:
            import torch
        except ImportError:
            self.skipTest("no torch")
        x, y, w = clusters(3)
        head = torch.nn.Linear(D, K).double()
        wide = torch.zeros(N, 2 * D, dtype=torch.float64)
        wide[:, :D] = torch.from_numpy(x)
        given = libnc.measure(
            wide[:, :D].requires_grad_(), torch.from_numpy(y), head.weight, head.bias
        )
        known = libnc.measure(x, y, head.weight.detach().numpy(), head.bias.detach().numpy())
        same(given, known)
        from libnc._arrays import as_rows

        tensor = torch.from_numpy(x).float()
        rows = as_rows(tensor, "features")
        block = next(iter(rows.blocks()))[1]
        self.assertEqual(block.ctypes.data, tensor.data_ptr())
        libnc.measure(tensor.bfloat16(), y)


if __name__ == "__main__":
    unittest.main()
