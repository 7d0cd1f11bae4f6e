/* SPDX-License-Identifier: MIT */
#include "sweep_boundary.h"

#include <math.h>
#include <stdlib.h>

int boundary_axis(const sweep *s, const problem *task)
{
    const bool total = task->loss == LIBNC_LOSS_CROSS_ENTROPY && task->depth == 1 && !task->bias;
    for (int i = s->axis_count - 1; i >= 0; i--)
        if (s->axes[i].parameter <= SWEEP_DECAY && task->energies[0] == 0 &&
            (task->loss == LIBNC_LOSS_MSE || total))
            return i;
    return -1;
}

static int ascending(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
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

/* Of K sorted products as many as there are lines, the least and the greatest among them. */
static int choose_lines(double *products, int64_t K, double lines[MAX_LINES])
{
    const int count = K < MAX_LINES ? (int)K : MAX_LINES;
    qsort(products, (size_t)K, sizeof *products, ascending);
    for (int i = 0; i < count; i++)
        lines[i] = products[count > 1 ? i * (K - 1) / (count - 1) : 0];
    return count;
}

/* At a point where no line is known, as of cross-entropy with more layers, none is crossed. */
static int known_lines(const program *self, const problem *p, const libnc_geometry *geometry,
                       double *products, double lines[MAX_LINES])
{
    const int64_t count = p->loss == LIBNC_LOSS_MSE ? p->counts.size : 1;
    const libnc_status status =
        p->loss == LIBNC_LOSS_MSE
            ? libnc_threshold_fall_decays(geometry, products, NULL, (size_t)count)
            : libnc_threshold_total_decay(geometry, products);
    if (status != LIBNC_ERROR_UNSUPPORTED && status != LIBNC_ERROR_NUMERICAL)
        require(self, status);
    for (int64_t i = 0; i < count && status != LIBNC_OK; i++)
        products[i] = INFINITY;
    return choose_lines(products, count, lines);
}

int boundary_crossings(const program *self, const sweep *s, const problem *task, int axis,
                       int64_t point, double crossings[MAX_LINES])
{
    libnc_classes *classes = NULL;
    problem p = sweep_problem(self, s, task, point);
    double *products = allocate(self, (size_t)p.counts.size, sizeof *products);
    require(self,
            libnc_classes_from_counts(&classes, self->context, p.counts.values, p.counts.size));
    libnc_geometry *geometry = problem_geometry(self, &p, classes);
    const int count = known_lines(self, &p, geometry, products, crossings);
    for (int i = 0; i < count; i++)
        crossings[i] = axis_decay(&p, s->axes[axis].parameter, crossings[i]);
    libnc_geometry_destroy(geometry);
    libnc_classes_destroy(classes);
    free(products);
    problem_release(&p);
    return count;
}
