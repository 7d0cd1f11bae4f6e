/* SPDX-License-Identifier: MIT
 *
 * augmentation.h: images that are shifted and mirrored at random each time they are visited
 * (Krizhevsky et al. 2012; He et al. 2016, section 4.2).
 */
#ifndef NC__AUGMENTATION_H
#define NC__AUGMENTATION_H

#include "linalg/tensor.h"

typedef struct nc__augmentation {
    int64_t padding; /* zeros around an image, from which a crop of its size is taken */
    bool flips;      /* half of the images, left to right */
    int64_t shape[3];
    uint64_t seed, epoch;
} nc__augmentation;

/* to (1 x p) = the image `from`, as entry number `entry` of the epoch shows it: a function of the
 * seed, the epoch and the entry alone. The scalar types may differ. */
void nc__augment(const nc__augmentation *augmentation, int64_t entry, const nc__tensor *from,
                 nc__tensor *to);

#endif
