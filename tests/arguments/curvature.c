/* SPDX-License-Identifier: MIT
 *
 * curvature.c: what the functions of libnc/curvature.h refuse.
 */
#include "arguments/tables.h"

/* Cross-entropy with two layers, solved by a search. */
static libnc_geometry *searched_geometry(void)
{
    libnc_geometry *geometry;
    must(libnc_geometry_create(&geometry, w->classes, 2));
    must(libnc_options_set_int64(libnc_geometry_options(geometry), LIBNC_GEOMETRY_OPTION_LOSS,
                                 LIBNC_LOSS_CROSS_ENTROPY));
    must(
        libnc_options_set_int64(libnc_geometry_options(geometry), LIBNC_GEOMETRY_OPTION_STARTS, 1));
    must(libnc_geometry_solve(geometry));
    return geometry;
}

static libnc_curvature *made_curvature(void)
{
    libnc_curvature *curvature;
    libnc_geometry *geometry = searched_geometry();
    must(libnc_curvature_create(&curvature, geometry, LIBNC_CURVATURE_SOLUTION));
    libnc_geometry_destroy(geometry);
    return curvature;
}

static void curvature_create(void)
{
    static const int32_t not_point[] = {-1, 2, INT32_MIN, INT32_MAX};
    libnc_geometry *geometry = searched_geometry(), *raw;
    NO_CONTEXT("geometry", libnc_curvature_create(&out.curvature, NULL, 0));
    WRONG("curvature", libnc_curvature_create(NULL, geometry, 0));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "geometry",
            libnc_curvature_create(&out.curvature, w->geometry, 0));
    EACH(i, not_point)
    WRONG("point", libnc_curvature_create(&out.curvature, geometry, not_point[i]));
    REFUSED_AS(LIBNC_ERROR_UNSUPPORTED, "point", "counts",
               libnc_curvature_create(&out.curvature, geometry, LIBNC_CURVATURE_ETF));
    must(libnc_geometry_create(&raw, w->classes, 2));
    REFUSED(LIBNC_ERROR_STATE, "geometry", libnc_curvature_create(&out.curvature, raw, 0));
    libnc_geometry_destroy(raw);
    libnc_geometry_destroy(geometry);
}

static void curvature_eigenvalue(void)
{
    libnc_curvature *curvature = made_curvature();
    double value;
    NO_CONTEXT("curvature",
               libnc_curvature_eigenvalue(NULL, out.values, out.values + 1, out.small + 8));
    WRONG("eigenvalue", libnc_curvature_eigenvalue(curvature, NULL, NULL, NULL));
    WRONG("residual", libnc_curvature_eigenvalue(curvature, NULL, NULL, NULL));
    WRONG("saddle", libnc_curvature_eigenvalue(curvature, NULL, NULL, NULL));
    ACCEPTED("eigenvalue", libnc_curvature_eigenvalue(curvature, NULL, &value, NULL));
    ACCEPTED("residual", libnc_curvature_eigenvalue(curvature, &value, NULL, NULL));
    ACCEPTED("saddle", libnc_curvature_eigenvalue(curvature, &value, NULL, NULL));
    libnc_curvature_destroy(curvature);
}

static void curvature_logits(void)
{
    libnc_curvature *curvature = made_curvature();
    double values[SQUARE];
    NO_CONTEXT("curvature", libnc_curvature_logits(NULL, out.values, out.values, SQUARE));
    WRONG("logits", libnc_curvature_logits(curvature, NULL, NULL, SQUARE));
    WRONG("change", libnc_curvature_logits(curvature, NULL, NULL, SQUARE));
    EACH(i, not_square)
    MISFIT("size", libnc_curvature_logits(curvature, out.values, out.values, not_square[i]));
    ACCEPTED("logits", libnc_curvature_logits(curvature, NULL, values, SQUARE));
    ACCEPTED("change", libnc_curvature_logits(curvature, values, NULL, SQUARE));
    libnc_curvature_destroy(curvature);
}

static void curvature_layer(void)
{
    static const int32_t wrong[] = {-1, 3, INT32_MIN, INT32_MAX};
    static const int64_t narrow[] = {0, -1, INT64_MIN, (int64_t)INT32_MAX + 1, INT64_MAX};
    libnc_curvature *curvature = made_curvature();
    double values[K * K];
    NO_CONTEXT("curvature", libnc_curvature_layer(NULL, 1, K, K, out.values, out.values));
    EACH(i, wrong)
    WRONG("layer", libnc_curvature_layer(curvature, wrong[i], K, K, out.values, out.values));
    EACH(i, narrow)
    MISFIT("rows", libnc_curvature_layer(curvature, 1, narrow[i], K, out.values, out.values));
    MISFIT("rows", libnc_curvature_layer(curvature, 0, K + 1, K, out.values, out.values));
    MISFIT("rows", libnc_curvature_layer(curvature, 2, K - 1, K, out.values, out.values));
    EACH(i, narrow)
    MISFIT("cols", libnc_curvature_layer(curvature, 1, K, narrow[i], out.values, out.values));
    WRONG("values", libnc_curvature_layer(curvature, 1, K, K, NULL, NULL));
    WRONG("change", libnc_curvature_layer(curvature, 1, K, K, NULL, NULL));
    ACCEPTED("values", libnc_curvature_layer(curvature, 1, K, K, NULL, values));
    ACCEPTED("change", libnc_curvature_layer(curvature, 1, K, K, values, NULL));
    libnc_curvature_destroy(curvature);
}

static void curvature_bias(void)
{
    libnc_curvature *curvature = made_curvature();
    double values[K];
    NO_CONTEXT("curvature", libnc_curvature_bias(NULL, out.values, out.values, K));
    WRONG("values", libnc_curvature_bias(curvature, NULL, NULL, K));
    WRONG("change", libnc_curvature_bias(curvature, NULL, NULL, K));
    EACH(i, not_classes)
    MISFIT("size", libnc_curvature_bias(curvature, out.values, out.values, not_classes[i]));
    ACCEPTED("values", libnc_curvature_bias(curvature, NULL, values, K));
    ACCEPTED("change", libnc_curvature_bias(curvature, values, NULL, K));
    libnc_curvature_destroy(curvature);
}

static void without_status(void)
{
    DONE(libnc_curvature_destroy(NULL));
    ZERO(libnc_curvature_rank(NULL));
}

static const argument_check checks[] = {
    CHECKS(curvature_create), CHECKS(curvature_eigenvalue), CHECKS(curvature_logits),
    CHECKS(curvature_layer),  CHECKS(curvature_bias),
};

const argument_table curvature_arguments = ARGUMENT_TABLE("curvature", checks, without_status);
