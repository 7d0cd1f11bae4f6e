/* SPDX-License-Identifier: MIT
 *
 * separation_law.c: the law of data separation, D_l = rho^l D_0 (He and Su, PNAS 2023), as a
 * straight line through log D_l.
 */
#include <libnc/depth.h>

#include "base/base.h"

#include <math.h>

/* Moments of the points (l, log D_l) that there are. */
typedef struct moments {
    int64_t count;
    double x, y;       /* means */
    double xx, xy, yy; /* sums of products about them */
} moments;

static moments moments_of(const double *separation, int64_t layers)
{
    moments m = {0};
    for (int64_t l = 0; l < layers; l++) {
        if (!(separation[l] > 0) || isinf(separation[l]))
            continue;
        const double x = (double)l - m.x, y = log(separation[l]) - m.y;
        m.count++;
        m.x += x / (double)m.count;
        m.y += y / (double)m.count;
        m.xx += x * ((double)l - m.x);
        m.xy += x * (log(separation[l]) - m.y);
        m.yy += y * (log(separation[l]) - m.y);
    }
    return m;
}

libnc_status libnc_separation_law(libnc_context *context, const double *separation, int64_t layers,
                                  double *rho, double *correlation)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = nc__check_given(context, "separation", separation);
    if (status == LIBNC_OK)
        status = nc__check_bounds(context, "layers", layers, 1, INT32_MAX);
    if (status == LIBNC_OK)
        status = nc__check_given(context, "rho", rho);
    if (status == LIBNC_OK)
        status = nc__check_given(context, "correlation", correlation);
    if (status != LIBNC_OK)
        return status;
    const moments m = moments_of(separation, layers);
    *rho = m.count > 1 ? exp(m.xy / m.xx) : (double)NAN;
    *correlation = m.count > 2 && m.yy > 0 ? m.xy / sqrt(m.xx) / sqrt(m.yy) : (double)NAN;
    return LIBNC_OK;
}
