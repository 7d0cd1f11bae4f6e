/* SPDX-License-Identifier: MIT
 *
 * thin.h: products of a tall matrix T (rows x cols) with a thin one B (K x cols) of few rows, and
 * coefficients C (rows x K, any strides). They carry the chain order of a linear head
 * (doc/theory.md): every gradient there is C B with K rows. Serial, so that callers can share rows
 * or columns among threads.
 */
#ifndef NC__THIN_H
#define NC__THIN_H

#include "linalg/tensor.h"
#include "linalg/update.h"

enum { NC__THIN_LIMIT = 16 }; /* classes up to which the register kernels beat the BLAS */
enum { NC__THIN_CHUNK = 64 }; /* rows of scratch that nc__thin_update needs above the limit */

/* C is rows x K, or K x rows where `transposed`. */
void nc__thin_project(const nc__tensor *t, const nc__tensor *b, nc__tensor *c,
                      bool transposed); /* C = T B^T */
void nc__thin_collect(const nc__tensor *c, bool transposed, const nc__tensor *t,
                      nc__tensor *b); /* B += C^T T */
/* One optimizer step (update.h) of T with gradient C B. m and v have T's shape or NULL data;
 * scratch has NC__THIN_CHUNK x cols values, used where K > NC__THIN_LIMIT. */
void nc__thin_update(const nc__update *rule, const nc__tensor *c, bool transposed,
                     const nc__tensor *b, nc__tensor *t, nc__tensor *m, nc__tensor *v,
                     nc__tensor *scratch);
/* One optimizer step of x with gradient g; m and v as above. */
void nc__dense_update(const nc__update *rule, const nc__tensor *g, nc__tensor *x, nc__tensor *m,
                      nc__tensor *v);

#endif
