/* SPDX-License-Identifier: MIT
 *
 * margin_remedy.c: the least change of weights, decays or energies with which classes of any counts
 * are predicted with a margin (doc/minority_collapse.md, "Remedies").
 *
 * Decays and energies: the first fall of the requested classes, taken together, to that margin
 * (fall.h). Weights: a factor raises the margins of the classes that it is on, and as a rule lowers
 * those of the others: the former set it, the latter must bear it. Where decays are so strong that
 * the weight makes the whole classifier grow, the latter may set it.
 */
#include "geometry/geometry_internal.h"
#include "minority/fall.h"

#include <libnc/remedy.h>

#include <float.h>
#include <math.h>
#include <string.h>

/* Weights beyond serve nobody. */
#define LARGEST_FACTOR 1e12

/* Of the logarithm of the factor, and half the width of its root. */
#define STEP      0.25
#define TOLERANCE 5e-10

/* A whole number this near to the limit is taken to be the limit. */
#define LIMIT_ROUNDING 1e-8

/* ---- arguments ---- */

static libnc_status check_list(const libnc_geometry *problem, const char *name,
                               const char *count_name, const int64_t *classes, int64_t count)
{
    const libnc_status status = nc__check_given(problem->context, name, classes);
    return status == LIBNC_OK
               ? nc__check_bounds(problem->context, count_name, count, 1, problem->groups.classes)
               : status;
}

static libnc_status check_required(const libnc_geometry *problem, const int64_t *required,
                                   int64_t count)
{
    return !required && count == 0
               ? LIBNC_OK
               : check_list(problem, "required", "required_count", required, count);
}

static libnc_status check_margin(const libnc_geometry *problem, const char *name, double margin,
                                 const void *result)
{
    if (!(margin >= 0 && isfinite(margin)))
        return nc__fail(problem->context, LIBNC_ERROR_ARGUMENT,
                        "margin = %g: must not be negative and finite", margin);
    return nc__check_given(problem->context, name, result);
}

/* set: G, 0 for groups with a requested class, else -1. By symmetry all of a group have one margin.
 */
static libnc_status mark_groups(const nc__imbalance *imbalance, const int64_t *required,
                                int64_t count, int64_t *set)
{
    libnc_context *context = imbalance->problem->context;
    int64_t *marks = nc__alloc(context, (size_t)imbalance->problem->groups->classes, sizeof *marks);
    if (!marks)
        return LIBNC_ERROR_MEMORY;
    libnc_status status = LIBNC_OK;
    for (int64_t g = 0; g < imbalance->count; g++)
        set[g] = required ? -1 : 0;
    if (required)
        status = nc__imbalance_mark(context, "required", imbalance->problem->groups->classes,
                                    required, count, marks);
    for (int64_t k = 0; k < imbalance->problem->groups->classes && status == LIBNC_OK; k++)
        if (marks[k] != 0)
            set[imbalance->group[k]] = 0;
    nc__free(context, marks);
    return status;
}

/* ---- decays and energies ---- */

/* The loss at a price less that of the problem as it is set. */
static libnc_status cost_of(nc__fall *fall, double price, double *cost)
{
    const nc__imbalance *p = fall->imbalance;
    *cost = NAN;
    if (!(price > 0 && isfinite(price)) || (p->problem->energy && price >= fall->total))
        return LIBNC_OK;
    libnc_status status = nc__path_solve_price(fall->path, price);
    const double there = nc__path_loss(fall->path);
    if (status == LIBNC_OK)
        status = p->problem->energy ? nc__path_solve_bound(fall->path, p->problem->bound)
                                    : nc__path_solve_price(fall->path, p->problem->bound);
    *cost = there - nc__path_loss(fall->path);
    return status;
}

/* sqrt(E_W E_H) of a price. */
static libnc_status energy_of(nc__fall *fall, double price, double *energy)
{
    libnc_status status = LIBNC_OK;
    *energy = price > 0 ? 0 : INFINITY;
    if (price > 0 && price < fall->total) {
        status = nc__path_solve_price(fall->path, price);
        *energy = fall->path->norm / (double)fall->imbalance->problem->groups->classes;
    }
    return status;
}

static libnc_status find_product(const nc__imbalance *imbalance, double margin, const int64_t *set,
                                 double *product, double *cost)
{
    nc__fall *fall = NULL;
    double price = 0, value = 0;
    libnc_status status = nc__fall_create(&fall, imbalance, margin, set, 1);
    if (status == LIBNC_OK)
        status = nc__fall_price(fall, 0, &price);
    value = price;
    if (status == LIBNC_OK && imbalance->problem->energy)
        status = energy_of(fall, price, &value);
    if (status == LIBNC_OK && cost)
        status = cost_of(fall, price, cost);
    if (status == LIBNC_OK)
        *product = value;
    nc__fall_destroy(fall);
    return status;
}

static libnc_status find_remedy(const libnc_geometry *problem, bool energy, const int64_t *required,
                                int64_t count, double margin, double *product, double *cost)
{
    nc__imbalance *imbalance = NULL;
    int64_t *set = NULL;
    double found = 0, found_cost = 0;
    libnc_status status = nc__imbalance_create(&imbalance, problem, NULL, 0);
    if (status == LIBNC_OK && imbalance->problem->energy != energy)
        status = nc__fail(problem->context, LIBNC_ERROR_UNSUPPORTED,
                          "form: must be %s for this remedy", energy ? "energy" : "decay");
    if (status == LIBNC_OK &&
        !(set = nc__alloc(problem->context, (size_t)imbalance->count, sizeof *set)))
        status = LIBNC_ERROR_MEMORY;
    if (status == LIBNC_OK)
        status = mark_groups(imbalance, required, count, set);
    if (status == LIBNC_OK)
        status = find_product(imbalance, margin, set, &found, cost ? &found_cost : NULL);
    nc__free(problem->context, set);
    nc__imbalance_destroy(imbalance);
    if (status != LIBNC_OK)
        return status;
    *product = found;
    if (cost)
        *cost = found_cost;
    return LIBNC_OK;
}

static libnc_status remedy_product(const libnc_geometry *problem, bool energy,
                                   const int64_t *required, int64_t count, double margin,
                                   double *product, double *cost)
{
    if (!problem)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = check_required(problem, required, count);
    if (status == LIBNC_OK)
        status = check_margin(problem, energy ? "energy" : "decay", margin, product);
    return status == LIBNC_OK ? find_remedy(problem, energy, required, count, margin, product, cost)
                              : status;
}

libnc_status libnc_remedy_margin_decay(const libnc_geometry *problem, const int64_t *required,
                                       int64_t required_count, double margin, double *decay,
                                       double *cost)
{
    return remedy_product(problem, false, required, required_count, margin, decay, cost);
}

libnc_status libnc_remedy_margin_energy(const libnc_geometry *problem, const int64_t *required,
                                        int64_t required_count, double margin, double *energy,
                                        double *cost)
{
    return remedy_product(problem, true, required, required_count, margin, energy, cost);
}

/* ---- weights ---- */

/* Functions of the logarithm of the factor: what the weighted classes lack, what the others have to
 * spare, and what any of them lacks. */
enum { LACKING = 0, TO_SPARE = 1, SHORT = 2, FUNCTIONS = 3 };

typedef struct weighing {
    nc__imbalance *imbalance; /* chosen: the weighted classes */
    nc__path *path;
    double margin;
    int64_t *set; /* G: 0 for the requested groups, else -1 */
} weighing;

static libnc_status solve_factor(const weighing *w, double factor)
{
    nc__imbalance_weigh(w->imbalance, factor);
    return w->imbalance->problem->energy
               ? nc__path_solve_bound(w->path, w->imbalance->problem->bound)
               : nc__path_solve_price(w->path, w->imbalance->problem->bound);
}

/* Positive where a margin is missing, at 0 too. */
static double lack(double reserve)
{
    return reserve > 0 ? -reserve : fmax(-reserve, DBL_MIN);
}

static libnc_status evaluate(void *user, double x, double *values)
{
    const weighing *w = user;
    const nc__imbalance *p = w->imbalance;
    double least[] = {INFINITY, INFINITY};
    const libnc_status status = solve_factor(w, exp(x));
    if (status != LIBNC_OK)
        return status;
    for (int64_t g = 0; g < p->count; g++) {
        double *own = &least[p->chosen[g] != 0 ? LACKING : TO_SPARE];
        if (w->set[g] == 0)
            *own = fmin(*own, nc__path_reserve(w->path, g, w->margin));
    }
    values[LACKING] = lack(least[LACKING]);
    values[TO_SPARE] = least[TO_SPARE];
    values[SHORT] = lack(fmin(least[LACKING], least[TO_SPARE]));
    nc__log(p->problem->context, LIBNC_LOG_INFO, "remedy: factor %.6g", exp(x));
    return LIBNC_OK;
}

/* Whether both kinds have the margin at a factor; at the limit itself only the others can. */
static libnc_status serves(const weighing *w, double factor, bool at_limit, bool *serving)
{
    double values[FUNCTIONS];
    const libnc_status status = evaluate((void *)w, log(factor), values);
    if (status == LIBNC_OK)
        *serving = values[TO_SPARE] > 0 && (at_limit || !(values[LACKING] > 0));
    return status;
}

/* Of the last sample. */
static bool lacks(const nc__samples *s, int function)
{
    return s->values[(s->count - 1) * FUNCTIONS + function] > 0;
}

/* The others lack the margin, and the more the larger the factor. */
static bool is_too_much(const nc__samples *s)
{
    const double *last = s->values + (s->count - 1) * FUNCTIONS;
    return s->count > 1 && !(last[TO_SPARE] > 0) && last[TO_SPARE] < (last - FUNCTIONS)[TO_SPARE];
}

/* Samples from x on, steps apart, until one does not lack. */
static libnc_status walk(nc__samples *s, int function, double step, double last, double *x)
{
    libnc_status status = LIBNC_OK;
    while (status == LIBNC_OK && lacks(s, function) && !is_too_much(s) && *x < last - step / 2)
        status = nc__samples_add(s, *x += step);
    return status;
}

/* The first x at which the function falls, 0 if it does not lack from the first. */
static libnc_status find_fall(nc__samples *s, int function, double *x)
{
    *x = s->values[function] > 0 ? INFINITY : 0;
    return nc__samples_fall(s, function) < 0 ? LIBNC_OK
                                             : nc__samples_refine(s, function, TOLERANCE, x);
}

/* Where the weighted classes come to the margin the others mostly have it, and may fall before the
 * next sample. */
static libnc_status search(const weighing *w, nc__samples *s, double step, double last,
                           double *least)
{
    double x = 0;
    bool serving = false;
    libnc_status status = walk(s, LACKING, step, last, &x);
    if (status == LIBNC_OK)
        status = find_fall(s, LACKING, least);
    if (status == LIBNC_OK && isfinite(*least))
        status = serves(w, exp(*least), true, &serving);
    if (status == LIBNC_OK && !serving)
        status = walk(s, SHORT, step, last, &x);
    return status == LIBNC_OK && !serving ? find_fall(s, SHORT, least) : status;
}

/* The first x from 0 to `last` that is enough for all; +infinity if there is none. */
static libnc_status find_least(const weighing *w, double step, double last, double *least)
{
    nc__samples s;
    libnc_status status =
        nc__samples_create(&s, w->imbalance->problem->context, FUNCTIONS, evaluate, (void *)w);
    if (status == LIBNC_OK)
        status = nc__samples_add(&s, 0);
    if (status == LIBNC_OK)
        status = search(w, &s, step, last, least);
    nc__samples_destroy(&s);
    return status;
}

/* The smallest whole factor beyond the limit, 0 if it is too much for the others. */
static libnc_status find_repeats(const weighing *w, double factor, int64_t *repeats)
{
    const double least = w->margin > 0 ? ceil(factor * (1 - LIMIT_ROUNDING))
                                       : floor(factor * (1 + LIMIT_ROUNDING)) + (factor > 1);
    bool serving = false;
    const libnc_status status = serves(w, least, w->margin > 0, &serving);
    *repeats = serving ? (int64_t)least : 0;
    return status;
}

static libnc_status weight_cost(const weighing *w, double factor, double *cost)
{
    *cost = 0;
    if (factor == 1)
        return LIBNC_OK;
    libnc_status status = solve_factor(w, factor);
    nc__imbalance_weigh(w->imbalance, 1);
    const double there = nc__path_loss(w->path);
    if (status == LIBNC_OK)
        status = solve_factor(w, 1);
    *cost = there - nc__path_loss(w->path);
    return status;
}

/* What a remedy by weights gives. */
typedef struct cure {
    double weight, cost;
    int64_t repeats;
} cure;

static libnc_status weigh(const weighing *w, cure *c)
{
    libnc_status status = find_least(w, STEP, log(LARGEST_FACTOR), &c->weight);
    c->weight = exp(c->weight);
    if (status != LIBNC_OK || !isfinite(c->weight))
        return status;
    status = find_repeats(w, c->weight, &c->repeats);
    return status == LIBNC_OK ? weight_cost(w, c->weight, &c->cost) : status;
}

static libnc_status begin(weighing *w, const libnc_geometry *problem, const int64_t *classes,
                          int64_t count, const int64_t *required, int64_t required_count)
{
    libnc_status status = nc__imbalance_create(&w->imbalance, problem, classes, count);
    if (status == LIBNC_OK)
        status = nc__path_create(&w->path, w->imbalance);
    if (status == LIBNC_OK &&
        !(w->set = nc__alloc(problem->context, (size_t)w->imbalance->count, sizeof *w->set)))
        status = LIBNC_ERROR_MEMORY;
    return status == LIBNC_OK ? mark_groups(w->imbalance, required, required_count, w->set)
                              : status;
}

static void end(weighing *w, const libnc_geometry *problem)
{
    nc__free(problem->context, w->set);
    nc__path_destroy(w->path);
    nc__imbalance_destroy(w->imbalance);
}

libnc_status libnc_remedy_margin_weight(const libnc_geometry *problem, const int64_t *classes,
                                        int64_t count, const int64_t *required,
                                        int64_t required_count, double margin, double *weight,
                                        int64_t *repeats, double *cost)
{
    if (!problem)
        return LIBNC_ERROR_ARGUMENT;
    cure c = {INFINITY, NAN, 0};
    weighing w = {.margin = margin};
    libnc_status status = check_list(problem, "classes", "count", classes, count);
    if (status == LIBNC_OK)
        status = check_required(problem, required, required_count);
    if (status == LIBNC_OK)
        status = check_margin(problem, "weight", margin, weight);
    if (status == LIBNC_OK)
        status = begin(&w, problem, classes, count, required, required_count);
    if (status == LIBNC_OK)
        status = weigh(&w, &c);
    end(&w, problem);
    if (status != LIBNC_OK)
        return status;
    *weight = c.weight;
    if (repeats)
        *repeats = c.repeats;
    if (cost)
        *cost = c.cost;
    return LIBNC_OK;
}

/* ---- powers of the counts ---- */

#define POWER_STEP  0.05
#define LARGEST     2.0
#define REPEAT_STEP 0.02

/* The factor e^gamma applies to the power log(n_max/n_g): all classes are weighted. */
static void choose_powers(nc__imbalance *p)
{
    double largest = 0;
    for (int64_t g = 0; g < p->count; g++)
        largest = fmax(largest, p->size[g]);
    for (int64_t g = 0; g < p->count; g++)
        p->chosen[g] = log(largest / p->size[g]);
}

/* Whether the weights of a power have the margin when they are rounded up, each w/w_g, w_g as it is
 * set. `repeats`: G. */
static libnc_status round_up(weighing *w, double power, double *repeats, bool *serving)
{
    nc__imbalance *p = w->imbalance;
    double values[FUNCTIONS];
    for (int64_t g = 0; g < p->count; g++) {
        repeats[g] = ceil(exp(power * p->chosen[g]) * (1 - LIMIT_ROUNDING));
        p->weight[g] *= repeats[g];
    }
    const libnc_status status = evaluate(w, 0, values);
    for (int64_t g = 0; g < p->count; g++)
        p->weight[g] /= repeats[g];
    *serving = status == LIBNC_OK && !(values[LACKING] > 0) && values[TO_SPARE] > 0;
    return status;
}

/* repeats: K, zeros. */
static libnc_status find_power_repeats(weighing *w, double power, int64_t *repeats)
{
    const nc__imbalance *p = w->imbalance;
    bool serving = false;
    double *each = nc__alloc(p->problem->context, (size_t)p->count, sizeof *each);
    libnc_status status = each ? LIBNC_OK : LIBNC_ERROR_MEMORY;
    for (double x = power; status == LIBNC_OK && !serving && x <= LARGEST; x += REPEAT_STEP)
        status = round_up(w, x, each, &serving);
    for (int64_t k = 0; serving && k < p->problem->groups->classes; k++)
        repeats[k] = (int64_t)each[p->group[k]];
    nc__free(p->problem->context, each);
    return status;
}

/* The largest count is not weighted, and it has to bear the rest. */
static libnc_status find_power(weighing *w, double *exponent, int64_t *repeats, double *cost)
{
    libnc_status status = find_least(w, POWER_STEP, LARGEST, exponent);
    if (status != LIBNC_OK || !isfinite(*exponent))
        return status;
    if (repeats)
        status = find_power_repeats(w, *exponent, repeats);
    return status == LIBNC_OK ? weight_cost(w, exp(*exponent), cost) : status;
}

/* found: K zeros, or NULL. */
static libnc_status remedy_exponent(const libnc_geometry *problem, const int64_t *required,
                                    int64_t required_count, double margin, cure *c, int64_t *found)
{
    weighing w = {.margin = margin};
    libnc_status status = begin(&w, problem, NULL, 0, required, required_count);
    if (status == LIBNC_OK) {
        choose_powers(w.imbalance);
        status = find_power(&w, &c->weight, found, &c->cost);
    }
    end(&w, problem);
    return status;
}

libnc_status libnc_remedy_margin_exponent(const libnc_geometry *problem, const int64_t *required,
                                          int64_t required_count, double margin, double *exponent,
                                          int64_t *repeats, size_t size, double *cost)
{
    if (!problem)
        return LIBNC_ERROR_ARGUMENT;
    cure c = {INFINITY, NAN, 0};
    int64_t *found = NULL;
    libnc_status status = check_required(problem, required, required_count);
    if (status == LIBNC_OK)
        status = check_margin(problem, "exponent", margin, exponent);
    if (status == LIBNC_OK && repeats)
        status = nc__check_size(problem->context, size, problem->groups.classes);
    if (status == LIBNC_OK && repeats &&
        !(found = nc__alloc(problem->context, size, sizeof *found)))
        status = LIBNC_ERROR_MEMORY;
    if (status == LIBNC_OK)
        status = remedy_exponent(problem, required, required_count, margin, &c, found);
    if (status == LIBNC_OK)
        *exponent = c.weight;
    if (status == LIBNC_OK && repeats)
        memcpy(repeats, found, size * sizeof *repeats);
    if (status == LIBNC_OK && cost)
        *cost = c.cost;
    nc__free(problem->context, found);
    return status;
}
