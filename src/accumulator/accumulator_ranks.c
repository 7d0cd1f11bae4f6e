/* SPDX-License-Identifier: MIT
 *
 * accumulator_ranks.c: one accumulator from those of all ranks: first passes over samples of their
 * own, or second passes over parts of what their shared first pass has seen.
 */
#include "accumulator/accumulator_ranks.h"

#include "base/state_stream.h"

#include <string.h>

/* ---- what must be the same on all ranks ---- */

typedef struct same_field {
    const char *name;
    int64_t value;
} same_field;

enum { MOST_SAME = 8 };

/* The same fields come from all ranks: each learns the least and the largest of each. */
static libnc_status check_same(libnc_communicator *c, libnc_status code, const same_field *fields,
                               int count)
{
    int64_t ends[2 * MOST_SAME];
    for (int i = 0; i < count; i++) {
        ends[2 * i] = fields[i].value;
        ends[2 * i + 1] = -fields[i].value;
    }
    const libnc_status status = nc__exchange_maximum_int64(c, ends, 2 * count);
    for (int i = 0; i < count && status == LIBNC_OK; i++)
        if (ends[2 * i] != -ends[2 * i + 1])
            return nc__fail(c->context, code,
                            "accumulator: %s: from %lld to %lld: must be the same on all ranks",
                            fields[i].name, (long long)-ends[2 * i + 1], (long long)ends[2 * i]);
    return status;
}

static int64_t setting(const libnc_accumulator *a, int32_t key, int64_t settled)
{
    return a->statistics ? settled : nc__option_int(&a->options, key);
}

libnc_status nc__ranks_check_kind(const libnc_accumulator *a, libnc_communicator *c)
{
    const same_field shape[] = {{"classes", a->classes}, {"width", a->width}};
    const same_field options[] = {
        {"scatter", setting(a, LIBNC_ACCUMULATOR_OPTION_SCATTER, a->kind)},
        {"precision", setting(a, LIBNC_ACCUMULATOR_OPTION_PRECISION, a->precision)},
        {"directions", setting(a, LIBNC_ACCUMULATOR_OPTION_DIRECTIONS, a->directions)},
        {"cross_entropy", setting(a, LIBNC_ACCUMULATOR_OPTION_CROSS_ENTROPY, a->losses != NULL)},
        {"groups", setting(a, LIBNC_ACCUMULATOR_OPTION_GROUPS, a->groups ? a->groups->count : 0)}};
    const int32_t pass = libnc_accumulator_pass(a);
    const same_field passes[] = {{"pass", pass},
                                 {"samples held out", a->takes_others},
                                 {"passes added up", a->is_shared[pass - 1]}};
    libnc_status status = check_same(c, LIBNC_ERROR_DIMENSION, shape, 2);
    if (status == LIBNC_OK)
        status = check_same(c, LIBNC_ERROR_ARGUMENT, options, 5);
    if (status == LIBNC_OK)
        status = check_same(c, LIBNC_ERROR_STATE, passes, 3);
    if (status == LIBNC_OK && options[4].value > 0)
        return nc__fail(a->context, LIBNC_ERROR_UNSUPPORTED,
                        "accumulator: groups = %lld: groups of samples are not added up over ranks",
                        (long long)options[4].value);
    if (status == LIBNC_OK && a->is_shared[pass - 1])
        return nc__fail(a->context, LIBNC_ERROR_STATE,
                        "accumulator: pass %d was added up over the ranks before", pass);
    return status;
}

static uint64_t checksum(uint64_t sum, const void *values, int64_t count)
{
    const unsigned char *bytes = values;
    uint64_t word;
    for (int64_t i = 0; values && i < count; i++) {
        memcpy(&word, bytes + 8 * i, sizeof word);
        sum = nc__checksum_add(sum, word);
    }
    return sum;
}

/* A number of 62 bits that tells means, or searches, apart. */
static int64_t mark(uint64_t sum)
{
    return (int64_t)(sum >> 2);
}

static uint64_t checksum_of_means(const libnc_accumulator *a)
{
    const nc__statistics *s = a->statistics;
    const int64_t values = a->classes * a->width;
    const uint64_t sum = checksum(NC__CHECKSUM_START, s->counts, a->classes);
    return checksum(checksum(sum, s->references, values), s->offsets, values);
}

libnc_status nc__ranks_check_same(const libnc_accumulator *a, libnc_communicator *c)
{
    const same_field fields[] = {{"classes", a->classes},
                                 {"width", a->width},
                                 {"a checksum of the means", mark(checksum_of_means(a))}};
    return check_same(c, LIBNC_ERROR_STATE, fields, 3);
}

libnc_status nc__ranks_check_second(const libnc_accumulator *a, libnc_communicator *c)
{
    const nc__second_pass *second = a->second;
    const int64_t K = a->classes, d = a->width;
    const uint64_t search =
        checksum(checksum(NC__CHECKSUM_START, second->linear.weights, K * d + K), second->basis,
                 second->rank * d);
    const same_field fields[] = {{"a checksum of the means", mark(checksum_of_means(a))},
                                 {"a checksum of classifier and span", mark(search)},
                                 {"type of the products", second->scalar}};
    return check_same(c, LIBNC_ERROR_STATE, fields, 3);
}

/* ---- first pass ---- */

libnc_status nc__ranks_sum_samples(libnc_communicator *c, int64_t *samples)
{
    double rough = (double)*samples; /* 2^53 of each of 2^24 ranks are too many for a sum */
    libnc_status status = nc__exchange_sum(c, &rough, 1);
    if (status == LIBNC_OK && rough > (double)NC__MOST_SAMPLES)
        return nc__fail(c->context, LIBNC_ERROR_ARGUMENT,
                        "accumulator: %.0f samples on all ranks: must be at most 2^53", rough);
    return status == LIBNC_OK ? nc__exchange_sum_int64(c, samples, 1) : status;
}

static libnc_status share_types(libnc_accumulator *a, libnc_communicator *c)
{
    int64_t types[] = {a->has_float32, a->has_float64};
    const libnc_status status = nc__exchange_maximum_int64(c, types, 2);
    a->has_float32 = types[0] > 0;
    a->has_float64 = types[1] > 0;
    return status;
}

static libnc_status sum_first(libnc_accumulator *a, nc__rank_sums *sums)
{
    libnc_communicator *c = sums->communicator;
    libnc_status status = share_types(a, c);
    if (status == LIBNC_OK)
        status = nc__exchange_sum_int64(c, a->decided, a->classes);
    if (status == LIBNC_OK)
        status = nc__exchange_sum_int64(c, a->right, a->classes);
    if (status == LIBNC_OK && a->losses)
        status = nc__exchange_sum(c, a->losses, a->classes);
    return status == LIBNC_OK ? nc__rank_sums_statistics(sums, a->statistics) : status;
}

static libnc_status prepare_first(libnc_accumulator *a, libnc_communicator *c, nc__arena *arena,
                                  nc__rank_sums *sums)
{
    const libnc_status status = nc__accumulator_begin(a);
    return status == LIBNC_OK ? nc__rank_sums_create(sums, arena, c, a->classes, a->width) : status;
}

static libnc_status reduce_first(libnc_accumulator *a, libnc_communicator *c)
{
    nc__arena arena = {.context = a->context};
    nc__rank_sums sums;
    int64_t samples = libnc_accumulator_samples(a);
    const bool was_empty = !a->statistics;
    libnc_status status = nc__ranks_sum_samples(c, &samples);
    if (status != LIBNC_OK || samples == 0)
        return status;
    status = nc__agree(c, prepare_first(a, c, &arena, &sums));
    if (status != LIBNC_OK && was_empty)
        libnc_accumulator_clear(a);
    if (status == LIBNC_OK)
        status = sum_first(a, &sums);
    nc__arena_release(&arena);
    return status;
}

/* ---- second pass ---- */

/* The tallies of all ranks, which no class may have more of than samples. */
libnc_status nc__ranks_sum_tallies(libnc_accumulator *a, libnc_communicator *c, int64_t *tallies)
{
    nc__second_pass *second = a->second;
    const int64_t K = a->classes, *known = tallies;
    memcpy(tallies, second->counts, (size_t)(NC__TALLIES * K) * sizeof *tallies);
    const libnc_status status = nc__exchange_sum_int64(c, tallies, NC__TALLIES * K);
    for (int64_t k = 0; k < K && status == LIBNC_OK; k++)
        if (!a->takes_others && known[k] > a->statistics->counts[k])
            return nc__fail(a->context, LIBNC_ERROR_STATE,
                            "accumulator: the second passes of all ranks have %lld samples of "
                            "class %lld, the first had %lld",
                            (long long)known[k], (long long)k, (long long)a->statistics->counts[k]);
    return status;
}

void nc__ranks_take_tallies(libnc_accumulator *a, const int64_t *tallies)
{
    nc__second_pass *second = a->second;
    memcpy(second->counts, tallies, (size_t)(NC__TALLIES * a->classes) * sizeof *tallies);
    second->samples = 0;
    for (int64_t k = 0; k < a->classes; k++)
        second->samples += second->tally.nearest_known[k];
}

static libnc_status sum_span(nc__second_pass *second, nc__rank_sums *sums)
{
    if (second->rank == 0)
        return LIBNC_OK;
    const libnc_status status =
        nc__exchange_sum(sums->communicator, second->balanced, second->rank);
    return status == LIBNC_OK
               ? nc__rank_sums_triangle(sums, nc__scatter_values(second->scatter), second->rank)
               : status;
}

static libnc_status reduce_second(libnc_accumulator *a, libnc_communicator *c)
{
    nc__arena arena = {.context = a->context};
    nc__rank_sums sums;
    libnc_status status = nc__ranks_check_second(a, c);
    if (status != LIBNC_OK)
        return status;
    int64_t *tallies = nc__arena_alloc(&arena, (size_t)a->classes, NC__TALLIES * sizeof *tallies);
    status = nc__agree(c, nc__rank_sums_create(&sums, &arena, c, a->classes, a->width));
    if (status == LIBNC_OK)
        status = nc__ranks_sum_tallies(a, c, tallies);
    if (status == LIBNC_OK) {
        nc__ranks_take_tallies(a, tallies);
        status = sum_span(a->second, &sums);
        if (status == LIBNC_OK && a->second->losses)
            status = nc__exchange_sum(c, a->second->losses, a->classes);
    }
    nc__arena_release(&arena);
    return status;
}

/* ---- all ---- */

libnc_status nc__ranks_check_arguments(const libnc_accumulator *a, libnc_communicator *c)
{
    if (!c)
        return nc__check_communicator(a ? a->context : NULL, c);
    nc__agree_begin(c);
    libnc_status status = nc__check_given(c->context, "accumulator", a);
    if (status == LIBNC_OK)
        status = nc__check_communicator(a->context, c);
    return nc__agree(c, status);
}

libnc_status libnc_accumulator_all_reduce(libnc_accumulator *a, libnc_communicator *c)
{
    libnc_status status = nc__ranks_check_arguments(a, c);
    if (status == LIBNC_OK)
        status = nc__ranks_check_kind(a, c);
    if (status != LIBNC_OK)
        return status;
    const int32_t pass = libnc_accumulator_pass(a);
    if (nc__has_ranks(c))
        status = pass == 2 ? reduce_second(a, c) : reduce_first(a, c);
    if (status == LIBNC_ERROR_COMMUNICATION)
        libnc_accumulator_clear(a);
    if (status == LIBNC_OK)
        a->is_shared[pass - 1] = a->statistics != NULL;
    return status;
}
