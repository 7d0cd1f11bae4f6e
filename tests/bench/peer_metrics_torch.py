# SPDX-License-Identifier: MIT
"""The PyTorch peer of `make bench` for metrics of features in memory, float32, batches of 1,000.

It does what the published toolkits do, in their order: a pass for class sums, a pass for the
within-class scatter and the per-class variances about the means, a pass for the decisions of the
classifier and of the nearest class mean, then NC1 with a pseudo-inverse and the metrics of means and
classifier. Two ways to sum by class: "onehot" multiplies with a one-hot matrix, as the NCollapse
toolkit (rhubarbwu/neural-collapse) does; "index" is the least that PyTorch can do, index_add_.
"""
import math
import time

import torch

BATCH = 1000


def make_data(case):
    """Normal class means plus noise; the classifier is the class means, as in bench_metrics.c."""
    generator = torch.Generator().manual_seed(1)
    count, width, classes = case["samples"], case["width"], case["classes"]
    means = torch.randn(classes, width, generator=generator)
    labels = torch.randint(0, classes, (count,), generator=generator)
    labels[:classes] = torch.arange(classes)
    features = torch.empty(count, width)
    for begin in range(0, count, 10 * BATCH):
        y = labels[begin:begin + 10 * BATCH]
        noise = torch.randn(len(y), width, generator=generator)
        features[begin:begin + 10 * BATCH] = means[y] + case["spread"] * noise
    return features, labels, means


def sum_by_class(rows, labels, classes, style):
    """classes x (columns of rows)."""
    if style == "onehot":
        return (labels[:, None] == torch.arange(classes)).to(rows.dtype).T @ rows
    return torch.zeros(classes, rows.shape[1]).index_add_(0, labels, rows)


def mean_metrics(means, variances, classifier, scatter, count):
    """NC1 to NC3, CDNV."""
    classes = means.shape[0]
    centred = means - means.mean(dim=0)
    between = centred.T @ centred / classes
    nc1 = torch.trace(scatter / count @ torch.linalg.pinv(between)) / classes
    lengths = centred.norm(dim=1)
    unit = centred / lengths[:, None]
    off = ~torch.eye(classes, dtype=torch.bool)
    equiangular = (unit @ unit.T + 1 / (classes - 1))[off].abs().mean()
    frame = (torch.eye(classes) - 1 / classes) / math.sqrt(classes - 1)
    gram, product = centred @ centred.T, classifier @ centred.T
    etf = torch.linalg.norm(gram / torch.linalg.norm(gram) - frame)
    aligned = torch.linalg.norm(product / torch.linalg.norm(product) - frame)
    duality = torch.linalg.norm(classifier / torch.linalg.norm(classifier)
                                - centred / torch.linalg.norm(centred))
    distances = torch.cdist(means, means) ** 2
    cdnv = ((variances[:, None] + variances[None, :])[off] / (2 * distances[off])).mean()
    return [float(x) for x in (nc1, lengths.std() / lengths.mean(), equiangular, etf, aligned,
                               duality, cdnv)]


def measure(features, labels, classifier, classes, style):
    """All metrics of the features; a list of numbers."""
    count, width = features.shape
    batches = [slice(i, min(i + BATCH, count)) for i in range(0, count, BATCH)]
    sums, counts = torch.zeros(classes, width), torch.zeros(classes)
    for part in batches:
        sums += sum_by_class(features[part], labels[part], classes, style)
        counts += torch.bincount(labels[part], minlength=classes)
    means = sums / counts[:, None]
    scatter, squares = torch.zeros(width, width), torch.zeros(classes)
    for part in batches:
        deviations = features[part] - means[labels[part]]
        scatter += deviations.T @ deviations
        if style == "onehot":
            squares += sum_by_class(deviations ** 2, labels[part], classes, style).sum(dim=1)
        else:
            squares.index_add_(0, labels[part], (deviations ** 2).sum(dim=1))
    agreed, right = 0, 0
    lengths = means.norm(dim=1) ** 2
    for part in batches:
        x = features[part]
        distances = (x.norm(dim=1) ** 2)[:, None] + lengths[None, :] - 2 * x @ means.T
        decision = (x @ classifier.T).argmax(dim=1)
        agreed += int((decision == distances.argmin(dim=1)).sum())
        right += int((decision == labels[part]).sum())
    return mean_metrics(means, squares / counts, classifier, scatter, count) + [
        agreed / count, right / count]


class Peer:
    """Data once, so that each timing is of the measurement alone."""

    def __init__(self, case):
        self.case = case
        self.data = make_data(case)

    def time(self, style, threads):
        """Seconds of one measurement."""
        torch.set_num_threads(threads)
        start = time.perf_counter()
        measure(*self.data, self.case["classes"], style)
        return time.perf_counter() - start
