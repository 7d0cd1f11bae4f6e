/* SPDX-License-Identifier: MIT
 *
 * geometry_fixture.h: a solved geometry in one call, and relative comparison, for its test suites.
 */
#ifndef GEOMETRY_FIXTURE_H
#define GEOMETRY_FIXTURE_H

#include "support/suite.h"

#include <libnc/libnc.h>

#include <check.h>
#include <math.h>
#include <stdlib.h>

enum { MSE = LIBNC_LOSS_MSE, CE = LIBNC_LOSS_CROSS_ENTROPY, FOCAL = LIBNC_LOSS_FOCAL };

typedef struct setting {
    const int64_t *counts;
    int64_t classes;
    int32_t depth;
    int64_t loss, bias, width;
    double feature_decay, smoothing, gamma;
    const double *decays; /* one per layer, or NULL for `decay` in all */
    double decay;
} setting;

typedef struct fixture {
    libnc_context *context;
    libnc_classes *classes;
    libnc_geometry *geometry;
} fixture;

static inline void set_number(libnc_geometry *geometry, int32_t key, double value)
{
    ck_assert_int_eq(libnc_options_set_double(libnc_geometry_options(geometry), key, value),
                     LIBNC_OK);
}

static inline void set_integer(libnc_geometry *geometry, int32_t key, int64_t value)
{
    ck_assert_int_eq(libnc_options_set_int64(libnc_geometry_options(geometry), key, value),
                     LIBNC_OK);
}

/* Everything but solve. */
static inline fixture prepare(const setting *s)
{
    fixture f;
    ck_assert_int_eq(libnc_context_create(&f.context), LIBNC_OK);
    ck_assert_int_eq(libnc_classes_from_counts(&f.classes, f.context, s->counts, s->classes),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_create(&f.geometry, f.classes, s->depth), LIBNC_OK);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_LOSS, s->loss ? s->loss : MSE);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_BIAS, s->bias);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_WIDTH, s->width);
    if (s->feature_decay > 0)
        set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, s->feature_decay);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING, s->smoothing);
    if (s->gamma > 0)
        set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FOCAL_GAMMA, s->gamma);
    if (s->decays)
        ck_assert_int_eq(libnc_geometry_set_weight_decay(f.geometry, s->decays, s->depth),
                         LIBNC_OK);
    else if (s->decay > 0)
        ck_assert_int_eq(libnc_geometry_set_weight_decay(f.geometry, &s->decay, 1), LIBNC_OK);
    return f;
}

static inline fixture solve(const setting *s)
{
    fixture f = prepare(s);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    return f;
}

static inline void release(fixture *f)
{
    libnc_geometry_destroy(f->geometry);
    libnc_classes_destroy(f->classes);
    libnc_context_destroy(f->context);
}

static inline double loss_of(const fixture *f)
{
    double loss;
    ck_assert_int_eq(libnc_geometry_loss(f->geometry, &loss, NULL), LIBNC_OK);
    return loss;
}

static inline double solved_loss(const setting *s)
{
    fixture f = solve(s);
    const double loss = loss_of(&f);
    release(&f);
    return loss;
}

static inline int32_t is_unique(const fixture *f)
{
    int32_t unique;
    ck_assert_int_eq(libnc_geometry_unique(f->geometry, &unique), LIBNC_OK);
    return unique;
}

#define assert_relative(value, expected, tolerance)                                                \
    do {                                                                                           \
        const double value_ = (value), expected_ = (expected);                                     \
        ck_assert_msg(fabs(value_ - expected_) <= (tolerance)*fabs(expected_),                     \
                      "%s = %.15g, expected %.15g", #value, value_, expected_);                    \
    } while (0)

#endif
