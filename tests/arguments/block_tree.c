/* SPDX-License-Identifier: MIT
 *
 * block_tree.c: what the functions of libnc/block_tree.h refuse.
 */
#include "arguments/tables.h"

static void block_tree_create(void)
{
    NO_CONTEXT("context", libnc_block_tree_create(&out.tree, NULL));
    WRONG("tree", libnc_block_tree_create(NULL, w->context));
}

static libnc_block_tree *empty_tree(libnc_context *context)
{
    libnc_block_tree *tree;
    must(libnc_block_tree_create(&tree, context));
    return tree;
}

static libnc_accumulator *grouped(void)
{
    libnc_accumulator *a;
    must(libnc_accumulator_create(&a, w->context, 2, 3));
    must(libnc_options_set_int64(libnc_accumulator_options(a), LIBNC_ACCUMULATOR_OPTION_GROUPS, 4));
    return a;
}

static void block_tree_end_block(void)
{
    static const int64_t wrong[] = {-1, INT64_MIN, (int64_t)1 << 40, INT64_MAX};
    libnc_block_tree *tree = empty_tree(w->context), *other = empty_tree(abroad.context);
    NO_CONTEXT("tree", libnc_block_tree_end_block(NULL, w->accumulator, 0));
    WRONG("accumulator", libnc_block_tree_end_block(tree, NULL, 0));
    EACH(i, wrong)
    WRONG("block", libnc_block_tree_end_block(tree, w->accumulator, wrong[i]));
    libnc_accumulator *a = grouped();
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "groups", libnc_block_tree_end_block(tree, a, 0));
    libnc_accumulator_destroy(a);
    before_refusal();
    ck_assert_int_eq(libnc_block_tree_end_block(other, w->accumulator, 0), LIBNC_ERROR_ARGUMENT);
    libnc_block_tree_destroy(other);
    libnc_block_tree_destroy(tree);
}

static void block_tree_all_reduce(void)
{
    libnc_block_tree *tree = empty_tree(w->context);
    libnc_communicator *c;
    must(libnc_communicator_create_serial(&c, w->context));
    WRONG("tree", libnc_block_tree_all_reduce(NULL, w->accumulator, c));
    WRONG("accumulator", libnc_block_tree_all_reduce(tree, NULL, c));
    WRONG("communicator", libnc_block_tree_all_reduce(tree, w->accumulator, NULL));
    libnc_communicator_destroy(c);
    libnc_block_tree_destroy(tree);
}

static void without_status(void)
{
    DONE(libnc_block_tree_destroy(NULL));
}

static const argument_check checks[] = {
    CHECKS(block_tree_create),
    CHECKS(block_tree_end_block),
    CHECKS(block_tree_all_reduce),
};

const argument_table block_tree_arguments = ARGUMENT_TABLE("block_tree", checks, without_status);
