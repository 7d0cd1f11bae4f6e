/* SPDX-License-Identifier: MIT */
#include "sweep_boundary.h"

#include <math.h>
#include <stdlib.h>

int boundary_axis(const sweep *s, const problem *task)
{
    const bool total = task->loss == LIBNC_LOSS_CROSS_ENTROPY && task->depth == 1 && !task->bias;
    for (int i = s->axis_count - 1; i >= 0; i--)
        if (s->axes[i].parameter <= SWEEP_DECAY && task->energies[0] == 0 && total)
            return i;
    return -1;
}

/* The decay of the axis at which the geometric mean c of all decays is as given: c^(M+1) = lh lw^M.
 */
static double axis_decay(const problem *p, sweep_parameter parameter, double c)
{
    double log_product = ((double)p->depth + 1) * log(c);
    if (parameter == SWEEP_DECAY || !isfinite(c))
        return c;
    if (parameter == SWEEP_WEIGHT_DECAY)
        return exp((log_product - log(p->feature_decay)) / (double)p->depth);
    for (int32_t j = 0; j < p->depth; j++)
        log_product -= log(p->weight_decay[p->weight_decay_count > 1 ? j : 0]);
    return exp(log_product);
}

int boundary_crossings(const program *self, const sweep *s, const problem *task, int axis,
                       int64_t point, double crossings[MAX_LINES])
{
    libnc_classes *classes = NULL;
    problem p = sweep_problem(self, s, task, point);
    require(self,
            libnc_classes_from_counts(&classes, self->context, p.counts.values, p.counts.size));
    libnc_geometry *geometry = problem_geometry(self, &p, classes);
    require(self, libnc_threshold_total_decay(geometry, &crossings[0]));
    crossings[0] = axis_decay(&p, s->axes[axis].parameter, crossings[0]);
    libnc_geometry_destroy(geometry);
    libnc_classes_destroy(classes);
    problem_release(&p);
    return 1;
}
