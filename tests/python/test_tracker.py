# SPDX-License-Identifier: MIT
"""Tracker and collect(): a run over epochs, saved and gone on with; a PyTorch module."""
import pathlib
import tempfile
import unittest

import numpy as np

import libnc


def report(spread, seed=1):
    numbers = np.random.default_rng(seed)
    y = np.repeat(np.arange(4), 10)
    return libnc.measure(np.eye(4)[y] + spread * numbers.normal(size=(40, 4)), y, np.eye(4))


class Trackers(unittest.TestCase):
    def setUp(self):
        self.tracker = libnc.Tracker("run", predicted={"nc3_duality": 0.01})
        for epoch in (3, 1, 2):
            self.tracker.log(epoch, report(1 / epoch), loss=1 / epoch)

    def test_order_and_values(self):
        self.assertEqual(self.tracker.epochs.tolist(), [1, 2, 3])
        self.assertEqual(self.tracker["loss"].tolist(), [1, 1 / 2, 1 / 3])
        self.assertEqual(self.tracker["nc1"][1], report(1 / 2)["nc1"])
        self.tracker.log(2, report(1 / 2), loss=9)
        self.assertEqual(self.tracker["loss"].tolist(), [1, 9, 1 / 3])
        self.assertIn("nc1", self.tracker.table())
        self.assertIn("loss", self.tracker.table())
        self.tracker.log(3, report(1 / 3), accuracy_test=0.9)
        self.assertIn("accuracy_test", self.tracker.table())
        self.assertNotIn("tr_sigma_w", self.tracker.table())
        with self.assertRaises(KeyError):
            self.tracker["nothing"]

    def test_save_and_load(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "run.json"
            self.tracker.save(path)
            again = libnc.Tracker.load(path)
            for name in self.tracker.names:
                np.testing.assert_array_equal(again[name], self.tracker[name])
            again.log(4, report(1 / 4))
            self.assertEqual(len(again), 4)
            again.to_tsv(path.with_suffix(".tsv"))
            lines = path.with_suffix(".tsv").read_text().splitlines()
            self.assertEqual(len(lines), 5)
            self.assertEqual(list(pathlib.Path(folder).glob("*.tmp")), [])
            path.write_text("{}")
            with self.assertRaisesRegex(libnc.ArgumentError, "no file of Tracker"):
                libnc.Tracker.load(path)
            for rest in "", ', "name": "", "predicted": {}, "epochs": [1], "rows": [3]':
                path.write_text('{"libnc_tracker": 1' + rest + "}")
                with self.assertRaisesRegex(libnc.ArgumentError, "is damaged"):
                    libnc.Tracker.load(path)

    def test_predicted_of_numpy(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "run.json"
            libnc.Tracker(predicted={"nc1": np.float32(0.5)}).save(path)
            self.assertEqual(libnc.Tracker.load(path).predicted, {"nc1": 0.5})

    def test_plots(self):
        try:
            import matplotlib  # noqa: F401
        except ImportError:
            with self.assertRaisesRegex(libnc.LibraryError, "needs matplotlib"):
                self.tracker.plot()
            return
        with tempfile.TemporaryDirectory() as folder:
            for name, call in ("t.svg", self.tracker.plot), ("r.png", report(0.1).plot):
                call(pathlib.Path(folder) / name)
                self.assertGreater((pathlib.Path(folder) / name).stat().st_size, 1000)
            self.tracker.plot(others=[self.tracker])


class Collect(unittest.TestCase):
    def setUp(self):
        try:
            import torch
        except ImportError:
            self.skipTest("no torch")
        torch.manual_seed(0)
        self.torch = torch
        self.model = torch.nn.Sequential(
            torch.nn.Conv2d(1, 6, 3), torch.nn.ReLU(), torch.nn.Flatten(),
            torch.nn.Linear(216, 8), torch.nn.Dropout(), torch.nn.Linear(8, 5),
        )  # fmt: skip
        self.x, self.y = torch.randn(70, 1, 8, 8), torch.arange(70) % 5
        pairs = torch.utils.data.TensorDataset(self.x, self.y)
        self.loader = torch.utils.data.DataLoader(pairs, batch_size=16)

    def test_features_of_the_head(self):
        found = libnc.collect(self.model, self.loader, ["0", "3"])
        self.assertTrue(self.model.training)
        self.model.eval()
        with self.torch.no_grad():
            conv = self.model[0](self.x)
            features = self.model[:4](self.x)
        head = self.model[5]
        known = libnc.measure(features, self.y, head.weight, head.bias)
        for name, value in known.items():
            np.testing.assert_allclose(found[name], value, rtol=1e-5, atol=1e-7, err_msg=name)
        pooled = libnc.measure(conv.flatten(2).mean(2), self.y)
        np.testing.assert_allclose(found.layers["0"]["nc1"], pooled["nc1"], rtol=1e-4)
        self.assertEqual(len(self.model[5]._forward_pre_hooks), 0)

    def test_written_in_place(self):
        nn = self.torch.nn
        model = nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.ReLU(inplace=True), nn.Linear(8, 5))
        found = libnc.collect(model, self.loader, ["1"])
        with self.torch.no_grad():
            known = libnc.measure(model[:2](self.x), self.y)
        np.testing.assert_allclose(found.layers["1"]["nc1"], known["nc1"], rtol=1e-5)

    def test_modes(self):
        self.model[4].eval()
        libnc.collect(self.model, self.loader)
        self.assertEqual([part.training for part in self.model], [True] * 4 + [False, True])

    def test_refusals(self):
        with self.assertRaisesRegex(libnc.ArgumentError, "'9'"):
            libnc.collect(self.model, self.loader, ["9"])
        with self.assertRaisesRegex(libnc.ArgumentError, "no torch.nn.Linear"):
            libnc.collect(self.model, self.loader, head="0")
        with self.assertRaisesRegex(libnc.ArgumentError, "has no"):
            libnc.collect(self.model[:2], self.loader)
        with self.assertRaisesRegex(libnc.ArgumentError, "loader: gave 70 samples, then 0"):
            libnc.collect(self.model, iter(list(self.loader)))
        tokens = self.torch.nn.Sequential(self.torch.nn.Linear(8, 5))  # as many of them as values of one
        with self.assertRaisesRegex(libnc.DimensionError, r"input \(16, 8, 8\): must be N x d"):
            libnc.collect(tokens, [(self.x[:16, 0], self.y[:16])])


if __name__ == "__main__":
    unittest.main()
