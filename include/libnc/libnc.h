/* SPDX-License-Identifier: MIT */
/**
 * @file libnc.h
 * @brief libnc: neural collapse, its models, its predicted geometry and its metrics.
 *
 * Includes every public header. Each handle has a header of its own; see the tutorial.
 */
#ifndef LIBNC_LIBNC_H
#define LIBNC_LIBNC_H

#include <libnc/accumulator.h>
#include <libnc/array.h>
#include <libnc/backbone.h>
#include <libnc/blas.h>
#include <libnc/block_tree.h>
#include <libnc/classes.h>
#include <libnc/communicator.h>
#include <libnc/context.h>
#include <libnc/curvature.h>
#include <libnc/dataset.h>
#include <libnc/depth.h>
#include <libnc/file.h>
#include <libnc/geometry.h>
#include <libnc/held_out.h>
#include <libnc/loss.h>
#include <libnc/metric.h>
#include <libnc/minority.h>
#include <libnc/model.h>
#include <libnc/network.h>
#include <libnc/ood.h>
#include <libnc/optimizer.h>
#include <libnc/options.h>
#include <libnc/parsimony.h>
#include <libnc/penalty.h>
#include <libnc/random.h>
#include <libnc/regression.h>
#include <libnc/relu_features.h>
#include <libnc/remedy.h>
#include <libnc/report.h>
#include <libnc/scalar.h>
#include <libnc/seli.h>
#include <libnc/status.h>
#include <libnc/threshold.h>
#include <libnc/trainer.h>
#include <libnc/version.h>

#endif
