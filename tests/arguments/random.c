/* SPDX-License-Identifier: MIT
 *
 * random.c: what the functions of libnc/random.h refuse.
 */
#include "arguments/tables.h"

static void random_create(void)
{
    libnc_random *made;
    NO_CONTEXT("context", libnc_random_create(&out.random, NULL, 0));
    WRONG("random", libnc_random_create(NULL, w->context, 0));
    ACCEPTED("seed", libnc_random_create(&made, w->context, UINT64_MAX));
    libnc_random_destroy(made);
}

static void random_split(void)
{
    libnc_random *made;
    NO_CONTEXT("parent", libnc_random_split(&out.random, NULL, 0));
    WRONG("child", libnc_random_split(NULL, w->random, 0));
    ACCEPTED("index", libnc_random_split(&made, w->random, UINT64_MAX));
    libnc_random_destroy(made);
}

static const size_t too_many[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / sizeof(double)};

static void random_words(void)
{
    NO_CONTEXT("random", libnc_random_words(NULL, out.words, 1));
    WRONG("words", libnc_random_words(w->random, NULL, 1));
    EACH(i, too_many)
    WRONG("count", libnc_random_words(w->random, out.words, too_many[i]));
}

static void random_uniform(void)
{
    NO_CONTEXT("random", libnc_random_uniform(NULL, out.values, 1));
    WRONG("values", libnc_random_uniform(w->random, NULL, 1));
    EACH(i, too_many)
    WRONG("count", libnc_random_uniform(w->random, out.values, too_many[i]));
}

static void random_normal(void)
{
    NO_CONTEXT("random", libnc_random_normal(NULL, out.values, 1));
    WRONG("values", libnc_random_normal(w->random, NULL, 1));
    EACH(i, too_many)
    WRONG("count", libnc_random_normal(w->random, out.values, too_many[i]));
}

static void random_permutation(void)
{
    NO_CONTEXT("random", libnc_random_permutation(NULL, out.whole, 1));
    WRONG("order", libnc_random_permutation(w->random, NULL, 1));
    EACH(i, too_many)
    WRONG("count", libnc_random_permutation(w->random, out.whole, too_many[i]));
}

static void without_status(void)
{
    DONE(libnc_random_destroy(NULL));
}

static const argument_check checks[] = {
    CHECKS(random_create),  CHECKS(random_split),  CHECKS(random_words),
    CHECKS(random_uniform), CHECKS(random_normal), CHECKS(random_permutation),
};

const argument_table random_arguments = ARGUMENT_TABLE("random", checks, without_status);
