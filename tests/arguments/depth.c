/* SPDX-License-Identifier: MIT
 *
 * depth.c: what the functions of libnc/depth.h refuse.
 */
#include "arguments/tables.h"

static void kernel_collapse(void)
{
    const double x[4] = {1, 2, 3, 4};
    const int32_t y[2] = {0, 1}, wrong_labels[2] = {0, 2};
    static const int32_t not_kernel[] = {0, 4, -1, INT32_MIN, INT32_MAX};
    static const int32_t not_layers[] = {0, -1, 1001, INT32_MIN, INT32_MAX};
    libnc_context *c = w->context;
    double *one = out.values, *two = out.values + 1;
    NO_CONTEXT("context", libnc_kernel_collapse(NULL, 2, 1, 2, 0, x, y, 2, 2, 2, one, two));
    EACH(i, not_kernel)
    WRONG("kernel", libnc_kernel_collapse(c, not_kernel[i], 1, 2, 0, x, y, 2, 2, 2, one, two));
    EACH(i, not_layers)
    WRONG("hidden", libnc_kernel_collapse(c, 2, not_layers[i], 2, 0, x, y, 2, 2, 2, one, two));
    WRONG("weight_variance", libnc_kernel_collapse(c, 2, 1, 0, 0, x, y, 2, 2, 2, one, two));
    EACH(i, not_decay)
    {
        WRONG("weight_variance",
              libnc_kernel_collapse(c, 2, 1, not_decay[i], 0, x, y, 2, 2, 2, one, two));
        WRONG("bias_variance",
              libnc_kernel_collapse(c, 3, 1, 2, not_decay[i], x, y, 2, 2, 2, one, two));
    }
    WRONG("features", libnc_kernel_collapse(c, 1, 0, 0, 0, NULL, y, 2, 2, 2, one, two));
    EACH(i, not_finite)
    {
        const double wrong[4] = {1, 2, 3, not_finite[i]};
        REFUSED(LIBNC_ERROR_NOT_FINITE, "features",
                libnc_kernel_collapse(c, 1, 0, 0, 0, wrong, y, 2, 2, 2, one, two));
    }
    WRONG("labels", libnc_kernel_collapse(c, 1, 0, 0, 0, x, NULL, 2, 2, 2, one, two));
    WRONG("labels", libnc_kernel_collapse(c, 1, 0, 0, 0, x, wrong_labels, 2, 2, 2, one, two));
    EACH(i, not_size)
    {
        WRONG("count", libnc_kernel_collapse(c, 1, 0, 0, 0, x, y, not_size[i], 2, 2, one, two));
        WRONG("width", libnc_kernel_collapse(c, 1, 0, 0, 0, x, y, 2, not_size[i], 2, one, two));
        WRONG("classes", libnc_kernel_collapse(c, 1, 0, 0, 0, x, y, 2, 2, not_size[i], one, two));
    }
    WRONG("within", libnc_kernel_collapse(c, 1, 0, 0, 0, x, y, 2, 2, 2, NULL, two));
    WRONG("between", libnc_kernel_collapse(c, 1, 0, 0, 0, x, y, 2, 2, 2, one, NULL));
}

static void separation_law(void)
{
    const double d[2] = {2, 1};
    double *one = out.values, *two = out.values + 1;
    NO_CONTEXT("context", libnc_separation_law(NULL, d, 2, one, two));
    WRONG("separation", libnc_separation_law(w->context, NULL, 2, one, two));
    EACH(i, not_size)
    WRONG("layers", libnc_separation_law(w->context, d, not_size[i], one, two));
    WRONG("rho", libnc_separation_law(w->context, d, 2, NULL, two));
    WRONG("correlation", libnc_separation_law(w->context, d, 2, one, NULL));
}

static void without_status(void)
{
}

static const argument_check checks[] = {
    CHECKS(kernel_collapse),
    CHECKS(separation_law),
};

const argument_table depth_arguments = ARGUMENT_TABLE("depth", checks, without_status);
