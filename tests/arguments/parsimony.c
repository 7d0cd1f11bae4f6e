/* SPDX-License-Identifier: MIT
 *
 * parsimony.c: what the functions of libnc/parsimony.h refuse.
 */
#include "arguments/tables.h"

static void parsimony_run(void)
{
    const double rho[2] = {1, 1}, *decays = rho;
    static const int32_t not_layers[] = {1, 0, -1, 1001, INT32_MIN, INT32_MAX};
    static const int64_t not_steps[] = {-1, INT64_MIN, INT64_MAX};
    static const size_t misfits[] = {0, 5, 7, SIZE_MAX};
    NO_CONTEXT("context", libnc_parsimony_run(NULL, 2, rho, decays, 1, 1, 2, 1, out.values, 6));
    EACH(i, not_layers)
    WRONG("depth",
          libnc_parsimony_run(w->context, not_layers[i], rho, decays, .1, 1, 2, 1, out.values, 6));
    WRONG("initial", libnc_parsimony_run(w->context, 2, NULL, decays, .1, 1, 2, 1, out.values, 6));
    WRONG("decays", libnc_parsimony_run(w->context, 2, rho, NULL, .1, 1, 2, 1, out.values, 6));
    EACH(i, not_decay)
    {
        const double wrong[2] = {1, not_decay[i]};
        WRONG("initial",
              libnc_parsimony_run(w->context, 2, wrong, decays, .1, 1, 2, 1, out.values, 6));
        WRONG("decays", libnc_parsimony_run(w->context, 2, rho, wrong, .1, 1, 2, 1, out.values, 6));
        WRONG("rate",
              libnc_parsimony_run(w->context, 2, rho, decays, wrong[1], 1, 2, 1, out.values, 6));
        WRONG("gain",
              libnc_parsimony_run(w->context, 2, rho, decays, .1, wrong[1], 2, 1, out.values, 6));
    }
    WRONG("rate", libnc_parsimony_run(w->context, 2, rho, decays, 0, 1, 2, 1, out.values, 6));
    REFUSED(LIBNC_ERROR_NOT_FINITE, "rate",
            libnc_parsimony_run(w->context, 2, rho, decays, DBL_MAX, 1, 2, 1, out.values, 6));
    EACH(i, not_steps)
    WRONG("steps",
          libnc_parsimony_run(w->context, 2, rho, decays, .1, 1, not_steps[i], 1, out.values, 6));
    EACH(i, not_positive)
    WRONG("every", libnc_parsimony_run(w->context, 2, rho, decays, .1, 1, 2, not_positive[i],
                                       out.values, 6));
    WRONG("trace", libnc_parsimony_run(w->context, 2, rho, decays, .1, 1, 2, 1, NULL, 6));
    EACH(i, misfits)
    MISFIT("size",
           libnc_parsimony_run(w->context, 2, rho, decays, .1, 1, 2, 1, out.values, misfits[i]));
}

static void parsimony_subspace(void)
{
    const double map[4] = {1, 2, 3, 4};
    static const int64_t not_rows[] = {0, -1, 3, INT64_MIN, INT64_MAX};
    static const double not_tolerance[] = {-DBL_MIN, 1, NAN, INFINITY, -INFINITY};
    static const size_t misfits[] = {0, 3, 5, SIZE_MAX};
    int64_t *dimension = out.whole + 100;
    NO_CONTEXT("context",
               libnc_parsimony_subspace(NULL, map, map, 2, 2, 0, out.values, 4, dimension));
    WRONG("target",
          libnc_parsimony_subspace(w->context, NULL, map, 2, 2, 0, out.values, 4, dimension));
    WRONG("product",
          libnc_parsimony_subspace(w->context, map, NULL, 2, 2, 0, out.values, 4, dimension));
    EACH(i, not_finite)
    {
        const double wrong[4] = {1, 2, 3, not_finite[i]};
        REFUSED(
            LIBNC_ERROR_NOT_FINITE, "target",
            libnc_parsimony_subspace(w->context, wrong, map, 2, 2, 0, out.values, 4, dimension));
        REFUSED(
            LIBNC_ERROR_NOT_FINITE, "product",
            libnc_parsimony_subspace(w->context, map, wrong, 2, 2, 0, out.values, 4, dimension));
    }
    EACH(i, not_rows)
    WRONG("rows", libnc_parsimony_subspace(w->context, map, map, not_rows[i], 2, 0, out.values, 4,
                                           dimension));
    EACH(i, not_size)
    WRONG("cols", libnc_parsimony_subspace(w->context, map, map, 1, not_size[i], 0, out.values, 4,
                                           dimension));
    EACH(i, not_tolerance)
    WRONG("tolerance", libnc_parsimony_subspace(w->context, map, map, 2, 2, not_tolerance[i],
                                                out.values, 4, dimension));
    WRONG("basis", libnc_parsimony_subspace(w->context, map, map, 2, 2, 0, NULL, 4, dimension));
    EACH(i, misfits)
    MISFIT("size", libnc_parsimony_subspace(w->context, map, map, 2, 2, 0, out.values, misfits[i],
                                            dimension));
    WRONG("dimension",
          libnc_parsimony_subspace(w->context, map, map, 2, 2, 0, out.values, 4, NULL));
}

static const argument_check checks[] = {
    CHECKS(parsimony_run),
    CHECKS(parsimony_subspace),
};

const argument_table parsimony_arguments = ARGUMENT_TABLE("parsimony", checks, NULL);
