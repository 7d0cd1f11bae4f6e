/* SPDX-License-Identifier: MIT
 *
 * fall_thresholds.c: the decays, energies, counts and depths at which classes fall
 * (libnc/threshold.h): checks of arguments, and the problem that each call is about.
 */
#include "geometry/geometry_internal.h"
#include "minority/count_search.h"
#include "minority/fall.h"
#include "minority/fall_proof.h"
#include "minority/mean_square_falls.h"

#include <libnc/threshold.h>

#include <float.h>
#include <math.h>

static bool is_mean_square(const libnc_geometry *geometry)
{
    return nc__option_int(&geometry->options, LIBNC_GEOMETRY_OPTION_LOSS) == LIBNC_LOSS_MSE;
}

static libnc_status check_output(const libnc_geometry *geometry, const char *name,
                                 const void *output)
{
    if (!geometry)
        return LIBNC_ERROR_ARGUMENT;
    return nc__check_given(geometry->context, name, output);
}

static libnc_status check_class(const libnc_geometry *geometry, int64_t class_index)
{
    return nc__check_bounds(geometry->context, "class_index", class_index, 0,
                            geometry->groups.classes - 1);
}

static libnc_status check_size(const libnc_geometry *geometry, size_t size)
{
    return nc__check_size(geometry->context, size, geometry->groups.classes);
}

static libnc_status create_imbalance(nc__imbalance **imbalance, const libnc_geometry *geometry,
                                     bool energy)
{
    libnc_status status = nc__imbalance_create(imbalance, geometry, NULL, 0);
    if (status == LIBNC_OK && (*imbalance)->problem->energy != energy)
        status = nc__fail(geometry->context, LIBNC_ERROR_UNSUPPORTED,
                          "form: must be %s for this threshold", energy ? "energy" : "decay");
    return status;
}

/* ---- cross-entropy: one group ---- */

/* A fall and how well it is known; no width is wanted where that is NULL. */
typedef struct threshold {
    double value, width;
} threshold;

/* sqrt(E_W E_H) of a price: the norm of its solution over K. */
static libnc_status energy_of(nc__fall *fall, int64_t group, double price, bool prove,
                              threshold *found)
{
    const double classes = (double)fall->imbalance->problem->groups->classes;
    *found = (threshold){0, INFINITY};
    if (!(price < fall->total))
        return LIBNC_OK;
    libnc_status status = nc__path_solve_price(fall->path, price);
    const double norm = fall->path->norm;
    if (status == LIBNC_OK && prove)
        status = nc__fall_prove_bound(fall, group, price, norm, &found->width);
    found->value = norm / classes;
    found->width /= classes;
    return status;
}

static libnc_status find_fall(nc__fall *fall, int64_t group, bool prove, threshold *found)
{
    double price = 0;
    libnc_status status = nc__fall_price(fall, fall->set[group], &price);
    if (status == LIBNC_OK && fall->imbalance->problem->energy)
        return energy_of(fall, group, price, prove, found);
    *found = (threshold){price, INFINITY};
    if (status == LIBNC_OK && prove)
        status = nc__fall_prove_price(fall, group, price, &found->width);
    return status;
}

static libnc_status fall_of_group(const nc__imbalance *imbalance, int64_t group, bool prove,
                                  threshold *found)
{
    nc__fall *fall = NULL;
    int64_t *set = nc__alloc(imbalance->problem->context, (size_t)imbalance->count, sizeof *set);
    if (!set)
        return LIBNC_ERROR_MEMORY;
    for (int64_t g = 0; g < imbalance->count; g++)
        set[g] = g == group ? 0 : -1;
    libnc_status status = nc__fall_create(&fall, imbalance, 0, set, 1);
    if (status == LIBNC_OK)
        status = find_fall(fall, group, prove, found);
    nc__fall_destroy(fall);
    nc__free(imbalance->problem->context, set);
    return status;
}

static libnc_status fall_of_class(const libnc_geometry *geometry, bool energy, int64_t class_index,
                                  bool prove, threshold *found)
{
    nc__imbalance *imbalance = NULL;
    libnc_status status = create_imbalance(&imbalance, geometry, energy);
    if (status == LIBNC_OK)
        status = fall_of_group(imbalance, imbalance->group[class_index], prove, found);
    nc__imbalance_destroy(imbalance);
    return status;
}

/* ---- cross-entropy: all groups ---- */

/* Small counts fall first: neighbours are near one another, and warm. */
static libnc_status find_falls(const nc__imbalance *imbalance, bool prove, threshold *found)
{
    nc__fall *fall = NULL;
    libnc_status status = nc__fall_create(&fall, imbalance, 0, NULL, 0);
    for (int64_t g = imbalance->count; g-- > 0 && status == LIBNC_OK;) {
        status = find_fall(fall, g, prove, &found[g]);
        nc__log(imbalance->problem->context, LIBNC_LOG_INFO, "fall: %lld of %lld groups are known",
                (long long)(imbalance->count - g), (long long)imbalance->count);
    }
    nc__fall_destroy(fall);
    return status;
}

static libnc_status falls_of_classes(const libnc_geometry *geometry, bool energy, double *values,
                                     double *widths)
{
    nc__imbalance *imbalance = NULL;
    threshold *found = NULL;
    libnc_status status = create_imbalance(&imbalance, geometry, energy);
    if (status == LIBNC_OK) {
        found = nc__alloc(geometry->context, (size_t)imbalance->count, sizeof *found);
        status = found ? find_falls(imbalance, widths != NULL, found) : LIBNC_ERROR_MEMORY;
    }
    for (int64_t k = 0; status == LIBNC_OK && k < imbalance->problem->groups->classes; k++) {
        values[k] = found[imbalance->group[k]].value;
        if (widths)
            widths[k] = found[imbalance->group[k]].width;
    }
    nc__free(geometry->context, found);
    nc__imbalance_destroy(imbalance);
    return status;
}

/* ---- mean squared error ---- */

static libnc_status mean_square_fall(const libnc_geometry *geometry, int64_t class_index,
                                     threshold *found)
{
    const size_t K = (size_t)geometry->groups.classes;
    double *decays = nc__alloc(geometry->context, 2 * K, sizeof *decays);
    const libnc_status status =
        decays ? nc__mean_square_decays(geometry, decays, decays + K) : LIBNC_ERROR_MEMORY;
    if (status == LIBNC_OK)
        *found = (threshold){decays[class_index], decays[K + (size_t)class_index]};
    nc__free(geometry->context, decays);
    return status;
}

/* ---- decays and energies ---- */

libnc_status libnc_threshold_fall_decay(const libnc_geometry *geometry, int64_t class_index,
                                        double *decay, double *width)
{
    threshold found = {0, 0};
    libnc_status status = check_output(geometry, "decay", decay);
    if (status == LIBNC_OK)
        status = check_class(geometry, class_index);
    if (status != LIBNC_OK)
        return status;
    status = is_mean_square(geometry)
                 ? mean_square_fall(geometry, class_index, &found)
                 : fall_of_class(geometry, false, class_index, width != NULL, &found);
    if (status != LIBNC_OK)
        return status;
    *decay = found.value;
    if (width)
        *width = found.width;
    return LIBNC_OK;
}

libnc_status libnc_threshold_fall_decays(const libnc_geometry *geometry, double *decays,
                                         double *widths, size_t size)
{
    libnc_status status = check_output(geometry, "decays", decays);
    if (status == LIBNC_OK)
        status = check_size(geometry, size);
    if (status != LIBNC_OK)
        return status;
    return is_mean_square(geometry) ? nc__mean_square_decays(geometry, decays, widths)
                                    : falls_of_classes(geometry, false, decays, widths);
}

libnc_status libnc_threshold_fall_energy(const libnc_geometry *geometry, int64_t class_index,
                                         double *energy, double *width)
{
    threshold found = {0, 0};
    libnc_status status = check_output(geometry, "energy", energy);
    if (status == LIBNC_OK)
        status = check_class(geometry, class_index);
    if (status == LIBNC_OK)
        status = fall_of_class(geometry, true, class_index, width != NULL, &found);
    if (status != LIBNC_OK)
        return status;
    *energy = found.value;
    if (width)
        *width = found.width;
    return LIBNC_OK;
}

libnc_status libnc_threshold_fall_energies(const libnc_geometry *geometry, double *energies,
                                           double *widths, size_t size)
{
    libnc_status status = check_output(geometry, "energies", energies);
    if (status == LIBNC_OK)
        status = check_size(geometry, size);
    return status == LIBNC_OK ? falls_of_classes(geometry, true, energies, widths) : status;
}

/* ---- counts ---- */

typedef struct count_problem {
    nc__imbalance *imbalance; /* the class is a group of its own */
    nc__path *path;
    int64_t group;
    double rest; /* samples of the other classes */
} count_problem;

static void set_count(const count_problem *c, double count)
{
    nc__imbalance *p = c->imbalance;
    p->size[c->group] = count;
    p->scale[c->group] = p->problem->energy ? 1 : sqrt(count);
    p->samples = c->rest + count;
    nc__imbalance_weigh(p, 1);
}

/* Positive where the class is not predicted. */
static libnc_status shortfall_at(void *user, double log_count, double *value)
{
    const count_problem *c = user;
    set_count(c, exp(log_count));
    const libnc_status status = c->imbalance->problem->energy
                                    ? nc__path_solve_bound(c->path, c->imbalance->problem->bound)
                                    : nc__path_solve_price(c->path, c->imbalance->problem->bound);
    const double excess = nc__path_excess(c->path, c->group, 0);
    if (status == LIBNC_OK)
        *value = excess > 0 ? -excess : fmax(-excess, DBL_MIN);
    return status;
}

static libnc_status fall_count(const libnc_geometry *geometry, int64_t class_index, double *count)
{
    count_problem c = {0};
    libnc_status status = nc__imbalance_create(&c.imbalance, geometry, &class_index, 1);
    if (status == LIBNC_OK)
        status = nc__path_create(&c.path, c.imbalance);
    if (status == LIBNC_OK) {
        c.group = c.imbalance->group[class_index];
        const double present = c.imbalance->size[c.group];
        c.rest = c.imbalance->samples - present;
        status = c.imbalance->problem->groups->classes == 1
                     ? (*count = 0, LIBNC_OK)
                     : nc__count_search(geometry->context, shortfall_at, &c, present, count);
    }
    nc__path_destroy(c.path);
    nc__imbalance_destroy(c.imbalance);
    return status;
}

libnc_status libnc_threshold_fall_count(const libnc_geometry *geometry, int64_t class_index,
                                        double *count)
{
    libnc_status status = check_output(geometry, "count", count);
    if (status == LIBNC_OK)
        status = check_class(geometry, class_index);
    if (status != LIBNC_OK)
        return status;
    return is_mean_square(geometry) ? nc__mean_square_count(geometry, class_index, count)
                                    : fall_count(geometry, class_index, count);
}

/* ---- depths ---- */

libnc_status libnc_threshold_fall_depths(const libnc_geometry *geometry, int32_t *depths,
                                         size_t size)
{
    libnc_status status = check_output(geometry, "depths", depths);
    if (status == LIBNC_OK)
        status = check_size(geometry, size);
    if (status == LIBNC_OK && !is_mean_square(geometry))
        status = nc__fail(geometry->context, LIBNC_ERROR_UNSUPPORTED,
                          "loss: critical depths are known for mse only");
    return status == LIBNC_OK ? nc__mean_square_depths(geometry, depths) : status;
}
