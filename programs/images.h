/* SPDX-License-Identifier: MIT
 *
 * images.h: what networks are trained and tried on.
 *
 * Images are files (IDX, MNIST's format, plain or gzip; CIFAR; arrays) or, without, synthetic: each
 * class has a pattern of soft blobs, each sample shifts it by up to a pixel and adds noise.
 */
#ifndef PROGRAMS_IMAGES_H
#define PROGRAMS_IMAGES_H

#include "experiment.h"

/* n_k images of each class, in class order, become the experiment's. */
void synthetic_images(experiment *e);

/* What fails is said of `options`, those that name the files. */
libnc_dataset *read_images(const experiment *e, const char *images, const char *labels,
                           const char *options);

/* The images that were not chosen for the experiment. */
libnc_dataset *other_images(const experiment *e, const libnc_dataset *all);

/* Of all pixels; a deviation of 0 counts as 1. */
void pixel_moments(const libnc_dataset *dataset, double *mean, double *deviation);

/* The same images with pixels less their mean, over their deviation, in the place of the dataset.
 */
void standardise(const program *self, libnc_dataset **dataset, double mean, double deviation);

/* Without --counts: those of the images, all of them. */
void take_counts(experiment *e, const libnc_dataset *all);

#endif
