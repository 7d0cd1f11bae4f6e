# SPDX-License-Identifier: MIT
"""write_features.py FOLDER: features of spread 1e-6 in three files, one of them of a single row."""
import sys

import numpy as np

random = np.random.default_rng(1)
labels = random.integers(0, 9, 700)
labels[:9] = range(9)
rows = (random.standard_normal((9, 6)) + 3)[labels] + 1e-6 * random.standard_normal((700, 6))
for name, begin, end in (("f1", 0, 200), ("f2", 200, 201), ("f3", 201, 700)):
    np.save(f"{sys.argv[1]}/{name}.npy", rows[begin:end])
np.save(f"{sys.argv[1]}/y.npy", labels)
np.save(f"{sys.argv[1]}/w.npy", random.standard_normal((9, 6)))
rows[500, 2] = np.nan
np.save(f"{sys.argv[1]}/bad.npy", rows)
