/* SPDX-License-Identifier: MIT
 *
 * parsimony.c: what the functions of libnc/parsimony.h refuse.
 */
#include "arguments/tables.h"

static void parsimony_create(void)
{
    const double rho[2] = {1, 1}, *decays = rho;
    static const int32_t not_layers[] = {1, 0, -1, 1001, INT32_MIN, INT32_MAX};
    libnc_context *c = w->context;
    libnc_parsimony **made = &out.parsimony;
    NO_CONTEXT("context", libnc_parsimony_create(made, NULL, 2, rho, decays, 1, 1));
    WRONG("parsimony", libnc_parsimony_create(NULL, c, 2, rho, decays, 1, 1));
    EACH(i, not_layers)
    WRONG("depth", libnc_parsimony_create(made, c, not_layers[i], rho, decays, 1, 1));
    WRONG("initial", libnc_parsimony_create(made, c, 2, NULL, decays, 1, 1));
    WRONG("decays", libnc_parsimony_create(made, c, 2, rho, NULL, 1, 1));
    EACH(i, not_decay)
    {
        const double wrong[2] = {1, not_decay[i]};
        WRONG("initial", libnc_parsimony_create(made, c, 2, wrong, decays, 1, 1));
        WRONG("decays", libnc_parsimony_create(made, c, 2, rho, wrong, 1, 1));
        WRONG("rate", libnc_parsimony_create(made, c, 2, rho, decays, wrong[1], 1));
        WRONG("gain", libnc_parsimony_create(made, c, 2, rho, decays, 1, wrong[1]));
    }
    WRONG("rate", libnc_parsimony_create(made, c, 2, rho, decays, 0, 1));
}

static libnc_parsimony *made_parsimony(double rate)
{
    const double ones[2] = {1, 1};
    libnc_parsimony *parsimony;
    must(libnc_parsimony_create(&parsimony, w->context, 2, ones, ones, rate, 1));
    return parsimony;
}

static void parsimony_step(void)
{
    static const int64_t not_steps[] = {-1, INT64_MIN, INT64_MAX};
    libnc_parsimony *parsimony = made_parsimony(.1), *wild = made_parsimony(DBL_MAX);
    NO_CONTEXT("parsimony", libnc_parsimony_step(NULL, 1));
    REFUSED_AS(LIBNC_ERROR_NOT_FINITE, "parsimony", "rate", libnc_parsimony_step(wild, 2));
    must(libnc_parsimony_step(parsimony, 1));
    EACH(i, not_steps)
    WRONG("count", libnc_parsimony_step(parsimony, not_steps[i]));
    libnc_parsimony_destroy(wild);
    libnc_parsimony_destroy(parsimony);
}

static void parsimony_multiples(void)
{
    static const size_t misfits[] = {0, 1, 3, SIZE_MAX};
    libnc_parsimony *parsimony = made_parsimony(.1);
    NO_CONTEXT("parsimony", libnc_parsimony_multiples(NULL, out.values, 2));
    WRONG("multiples", libnc_parsimony_multiples(parsimony, NULL, 2));
    EACH(i, misfits)
    MISFIT("size", libnc_parsimony_multiples(parsimony, out.values, misfits[i]));
    libnc_parsimony_destroy(parsimony);
}

static void parsimony_subspace(void)
{
    const double map[4] = {1, 2, 3, 4};
    static const int64_t not_rows[] = {0, -1, 3, INT64_MIN, INT64_MAX};
    static const double not_tolerance[] = {-DBL_MIN, 1, NAN, INFINITY, -INFINITY};
    int64_t *dimension = out.whole + 100;
    NO_CONTEXT("context", libnc_parsimony_subspace(NULL, map, map, 2, 2, 0, out.values, dimension));
    WRONG("target",
          libnc_parsimony_subspace(w->context, NULL, map, 2, 2, 0, out.values, dimension));
    WRONG("product",
          libnc_parsimony_subspace(w->context, map, NULL, 2, 2, 0, out.values, dimension));
    EACH(i, not_finite)
    {
        const double wrong[4] = {1, 2, 3, not_finite[i]};
        REFUSED(LIBNC_ERROR_NOT_FINITE, "target",
                libnc_parsimony_subspace(w->context, wrong, map, 2, 2, 0, out.values, dimension));
        REFUSED(LIBNC_ERROR_NOT_FINITE, "product",
                libnc_parsimony_subspace(w->context, map, wrong, 2, 2, 0, out.values, dimension));
    }
    EACH(i, not_rows)
    WRONG("rows",
          libnc_parsimony_subspace(w->context, map, map, not_rows[i], 2, 0, out.values, dimension));
    EACH(i, not_size)
    WRONG("cols",
          libnc_parsimony_subspace(w->context, map, map, 1, not_size[i], 0, out.values, dimension));
    EACH(i, not_tolerance)
    WRONG("tolerance", libnc_parsimony_subspace(w->context, map, map, 2, 2, not_tolerance[i],
                                                out.values, dimension));
    WRONG("basis", libnc_parsimony_subspace(w->context, map, map, 2, 2, 0, NULL, dimension));
    WRONG("dimension", libnc_parsimony_subspace(w->context, map, map, 2, 2, 0, out.values, NULL));
}

static void without_status(void)
{
    DONE(libnc_parsimony_destroy(NULL));
    ZERO(libnc_parsimony_depth(NULL));
    ZERO(libnc_parsimony_steps(NULL));
}

static const argument_check checks[] = {
    CHECKS(parsimony_create),
    CHECKS(parsimony_step),
    CHECKS(parsimony_multiples),
    CHECKS(parsimony_subspace),
};

const argument_table parsimony_arguments = ARGUMENT_TABLE("parsimony", checks, without_status);
