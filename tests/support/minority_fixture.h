/* SPDX-License-Identifier: MIT
 *
 * minority_fixture.h: cross-entropy problems for the suites of thresholds, remedies and reports.
 */
#ifndef MINORITY_FIXTURE_H
#define MINORITY_FIXTURE_H

#include "support/geometry_fixture.h"

#include <stdbool.h>
#include <string.h>

enum { MOST_CLASSES = 64 };

typedef struct imbalance {
    int64_t classes;
    int64_t counts[MOST_CLASSES];
    double weights[MOST_CLASSES];
    int64_t energy, bias, normalised;
    double smoothing;
    double price; /* sqrt(lw lh), or sqrt(E_W E_H) */
} imbalance;

static inline double least_double(double a, double b)
{
    return a < b ? a : b;
}

/* Settings of `p` in a new geometry; split = decay or energy of W over that of H. */
static inline fixture pose_split(const imbalance *p, double split)
{
    fixture f;
    ck_assert_int_eq(libnc_context_create(&f.context), LIBNC_OK);
    ck_assert_int_eq(libnc_classes_from_counts(&f.classes, f.context, p->counts, p->classes),
                     LIBNC_OK);
    ck_assert_int_eq(libnc_geometry_create(&f.geometry, f.classes, 1), LIBNC_OK);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_LOSS, CE);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_FORM, p->energy);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_BIAS, p->bias);
    set_integer(f.geometry, LIBNC_GEOMETRY_OPTION_NORMALISE_WEIGHTS, p->normalised);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_LABEL_SMOOTHING, p->smoothing);
    set_number(f.geometry, LIBNC_GEOMETRY_OPTION_TOLERANCE, 1e-14);
    const double first = p->price * split, second = p->price / split;
    if (p->energy) {
        set_number(f.geometry, LIBNC_GEOMETRY_OPTION_CLASSIFIER_ENERGY, first);
        set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_ENERGY, second);
    } else {
        set_number(f.geometry, LIBNC_GEOMETRY_OPTION_FEATURE_DECAY, second);
        ck_assert_int_eq(libnc_geometry_set_weight_decay(f.geometry, &first, 1), LIBNC_OK);
    }
    if (p->weights[0] > 0)
        ck_assert_int_eq(libnc_geometry_set_class_weights(f.geometry, p->weights, p->classes),
                         LIBNC_OK);
    return f;
}

static inline fixture pose(const imbalance *p)
{
    return pose_split(p, 2);
}

static inline fixture solve_imbalance(const imbalance *p)
{
    fixture f = pose(p);
    ck_assert_int_eq(libnc_geometry_solve(f.geometry), LIBNC_OK);
    return f;
}

/* The layer-peeled model with a real ratio: one sample per class, weights R and 1. */
static inline imbalance peeled_problem(int64_t classes, int64_t majority, double ratio, double rho)
{
    imbalance p = {.classes = classes, .energy = 1, .normalised = 1, .price = rho};
    for (int64_t k = 0; k < classes; k++) {
        p.counts[k] = 1;
        p.weights[k] = k < majority ? ratio : 1;
    }
    return p;
}

/* How far classes k and l of a solution are from one another: ||w_k - w_l|| over the longest row.
 */
static inline double row_distance(const libnc_geometry *geometry, int64_t k, int64_t l)
{
    const int64_t classes = libnc_classes_count(libnc_geometry_classes(geometry));
    double *gram = calloc((size_t)(classes * classes), sizeof *gram), longest = 0;
    ck_assert_int_eq(libnc_geometry_classifier_gram(geometry, 1, gram, (size_t)(classes * classes)),
                     LIBNC_OK);
    for (int64_t i = 0; i < classes; i++)
        longest = fmax(longest, gram[i * classes + i]);
    const double square = gram[k * classes + k] + gram[l * classes + l] - 2 * gram[k * classes + l];
    free(gram);
    return longest > 0 ? sqrt(fmax(square, 0) / longest) : 0;
}

static inline double price_of(const libnc_geometry *geometry)
{
    double price;
    ck_assert_int_eq(libnc_geometry_multiplier(geometry, &price), LIBNC_OK);
    return price;
}

/* Pseudo-random numbers in [0, 1), the same on every machine. */
static inline double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0;
}

static inline int64_t whole(uint64_t *state, int64_t low, int64_t high)
{
    return low + (int64_t)(uniform(state) * (double)(high - low + 1));
}

/* A refusal whose text says `word`. */
static inline void expect(const libnc_context *context, libnc_status status, libnc_status code,
                          const char *word)
{
    ck_assert_msg(status == code, "status %d instead of %d: %s", (int)status, (int)code,
                  libnc_context_error(context));
    ck_assert_msg(strstr(libnc_context_error(context), word) != NULL, "\"%s\" does not say %s",
                  libnc_context_error(context), word);
}

#endif
