/* SPDX-License-Identifier: MIT
 *
 * block_tree.c: statistics of blocks, added up in an order that does not depend on who has them
 * (doc/beyond_one_machine.md, "The same bits").
 *
 * Node (l, i) of the tree stands for the blocks i 2^l .. (i + 1) 2^l - 1, and is the left half
 * merged with the right one, or the one of them that has samples. A rank merges the two halves of a
 * node as soon as it has both, so that blocks in a row leave log2(blocks) nodes; what is left is
 * merged by all ranks together, from the leaves that each of them has.
 */
#include "accumulator/accumulator_ranks.h"

#include "base/sort.h"

#include <libnc/block_tree.h>

#include <assert.h>
#include <string.h>

enum { LEVELS = 40, MORE_NODES = 64 };

/* What a node holds: all of a first pass, or the sums of a second one. */
typedef struct content {
    libnc_accumulator *first;
    double *sums; /* balanced squares (r), then V^T S_W V (r x r) */
} content;

typedef struct node {
    int64_t start; /* its first block, a multiple of 2^level */
    int64_t level;
    content content;
} node;

struct libnc_block_tree {
    libnc_context *context;
    node *nodes;
    int64_t count, room;
    int32_t pass;           /* of its content; 0: there is none */
    int64_t classes, width; /* K, d */
    int64_t directions;     /* r of a second pass */
    int64_t samples;        /* of all blocks */
    int64_t ended;          /* samples of the second pass up to the last block */
};

static int64_t sum_count(const libnc_block_tree *t)
{
    return t->directions + t->directions * t->directions;
}

static void release(libnc_block_tree *t, content *c)
{
    libnc_accumulator_destroy(c->first);
    nc__free(t->context, c->sums);
    *c = (content){0};
}

/* left += right, which goes. Neither allocates: both have all they need. */
static void join(libnc_block_tree *t, content *left, content *right)
{
    if (left->first) {
        const libnc_status status = libnc_accumulator_merge(left->first, right->first);
        assert(status == LIBNC_OK);
        (void)status;
    }
    for (int64_t i = 0; left->sums && i < sum_count(t); i++)
        left->sums[i] += right->sums[i];
    release(t, right);
}

/* ---- creation ---- */

libnc_status libnc_block_tree_create(libnc_block_tree **tree, libnc_context *context)
{
    if (!context)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = nc__check_given(context, "tree", tree);
    if (status != LIBNC_OK)
        return status;
    libnc_block_tree *created = nc__alloc(context, 1, sizeof *created);
    if (!created)
        return LIBNC_ERROR_MEMORY;
    created->context = context;
    *tree = created;
    return LIBNC_OK;
}

static void clear(libnc_block_tree *t)
{
    for (int64_t i = 0; i < t->count; i++)
        release(t, &t->nodes[i].content);
    t->count = t->samples = t->ended = 0;
    t->pass = 0;
}

void libnc_block_tree_destroy(libnc_block_tree *tree)
{
    if (!tree)
        return;
    clear(tree);
    nc__free(tree->context, tree->nodes);
    nc__free(tree->context, tree);
}

/* ---- one block ---- */

/* An empty accumulator has yet to settle its options. */
static bool has_options_of(const libnc_accumulator *a, const libnc_accumulator *other)
{
    const int64_t set[] = {nc__option_int(&a->options, LIBNC_ACCUMULATOR_OPTION_SCATTER),
                           nc__option_int(&a->options, LIBNC_ACCUMULATOR_OPTION_PRECISION),
                           nc__option_int(&a->options, LIBNC_ACCUMULATOR_OPTION_DIRECTIONS)};
    const int64_t settled[] = {a->kind, a->precision, a->directions};
    const int64_t *own = a->statistics ? settled : set;
    const bool has_losses =
        a->statistics ? a->losses != NULL
                      : nc__option_int(&a->options, LIBNC_ACCUMULATOR_OPTION_CROSS_ENTROPY) != 0;
    return has_losses == (other->losses != NULL) && own[0] == other->kind &&
           own[1] == other->precision && own[2] == other->directions;
}

static libnc_status check_options(const libnc_block_tree *t, const libnc_accumulator *a)
{
    if (t->count > 0 && !has_options_of(a, t->nodes[0].content.first))
        return nc__fail(t->context, LIBNC_ERROR_ARGUMENT,
                        "accumulator: its options are not those of the blocks before");
    if (t->samples > NC__MOST_SAMPLES - libnc_accumulator_samples(a))
        return nc__fail(t->context, LIBNC_ERROR_ARGUMENT,
                        "accumulator: has %lld samples: with %lld of the blocks before, must be at "
                        "most 2^53",
                        (long long)libnc_accumulator_samples(a), (long long)t->samples);
    return LIBNC_OK;
}

static libnc_status check_accumulator(const libnc_block_tree *t, const libnc_accumulator *a)
{
    const int32_t pass = libnc_accumulator_pass(a);
    if (a->context != t->context)
        return nc__fail(t->context, LIBNC_ERROR_ARGUMENT,
                        "accumulator: belongs to another context");
    if (a->is_shared[pass - 1])
        return nc__fail(t->context, LIBNC_ERROR_STATE,
                        "accumulator: pass %d was added up over the ranks before", pass);
    if (a->second && a->second->losses)
        return nc__fail(t->context, LIBNC_ERROR_UNSUPPORTED,
                        "accumulator: cross-entropy of a second pass has no fixed order yet");
    if (nc__option_int(&a->options, LIBNC_ACCUMULATOR_OPTION_GROUPS) > 0)
        return nc__fail(t->context, LIBNC_ERROR_UNSUPPORTED,
                        "accumulator: groups of samples have no fixed order yet");
    if (t->pass == 0)
        return LIBNC_OK;
    if (a->classes != t->classes || a->width != t->width)
        return nc__fail(t->context, LIBNC_ERROR_DIMENSION,
                        "accumulator: has %lld classes of %lld features, the blocks before %lld of "
                        "%lld",
                        (long long)a->classes, (long long)a->width, (long long)t->classes,
                        (long long)t->width);
    if (pass != t->pass || (pass == 2 && a->second->rank != t->directions))
        return nc__fail(t->context, LIBNC_ERROR_STATE,
                        "accumulator: is in pass %d, not in that of the blocks before, %d", pass,
                        t->pass);
    return pass == 1 ? check_options(t, a) : LIBNC_OK;
}

static libnc_status check_block(const libnc_block_tree *t, int64_t block)
{
    libnc_status status =
        nc__check_bounds(t->context, "block", block, 0, ((int64_t)1 << LEVELS) - 1);
    for (int64_t i = 0; i < t->count && status == LIBNC_OK; i++)
        if (block >> t->nodes[i].level == t->nodes[i].start >> t->nodes[i].level)
            return nc__fail(t->context, LIBNC_ERROR_ARGUMENT,
                            "block = %lld: must not have been ended before", (long long)block);
    return status;
}

static libnc_status make_room(libnc_block_tree *t)
{
    if (t->count < t->room)
        return LIBNC_OK;
    node *more = nc__alloc(t->context, (size_t)(t->room + MORE_NODES), sizeof *more);
    if (!more)
        return LIBNC_ERROR_MEMORY;
    if (t->count > 0)
        memcpy(more, t->nodes, (size_t)t->count * sizeof *more);
    nc__free(t->context, t->nodes);
    t->nodes = more;
    t->room += MORE_NODES;
    return LIBNC_OK;
}

/* An accumulator of the same shape and options, without samples. */
static libnc_status create_like(libnc_accumulator **copy, const libnc_accumulator *a)
{
    libnc_status status = libnc_accumulator_create(copy, a->context, a->classes, a->width);
    if (status == LIBNC_OK)
        (*copy)->options = a->options;
    return status;
}

static void swap(libnc_accumulator *a, libnc_accumulator *b)
{
    const libnc_accumulator kept = *a;
    *a = *b;
    *b = kept;
}

static libnc_status take_first(libnc_accumulator *a, content *c)
{
    const libnc_status status = create_like(&c->first, a);
    if (status != LIBNC_OK)
        return status;
    swap(a, c->first);
    nc__accumulator_scatter(c->first); /* rows that wait join the sums */
    return LIBNC_OK;
}

static libnc_status take_sums(const libnc_block_tree *t, nc__second_pass *second, content *c)
{
    const size_t r = (size_t)second->rank;
    c->sums = nc__alloc(t->context, r + r * r, sizeof(double));
    if (!c->sums)
        return LIBNC_ERROR_MEMORY;
    double *scatter = nc__scatter_values(second->scatter);
    memcpy(c->sums, second->balanced, r * sizeof(double));
    memcpy(c->sums + r, scatter, r * r * sizeof(double));
    memset(second->balanced, 0, r * sizeof(double));
    memset(scatter, 0, r * r * sizeof(double));
    return LIBNC_OK;
}

static node *find_node(libnc_block_tree *t, int64_t start, int64_t level)
{
    for (int64_t i = 0; i < t->count; i++)
        if (t->nodes[i].start == start && t->nodes[i].level == level)
            return &t->nodes[i];
    return NULL;
}

/* Adds a leaf; two halves of one node become it. */
static void insert(libnc_block_tree *t, int64_t block, content leaf)
{
    node *found, grown = {.start = block, .content = leaf};
    while ((found = find_node(t, grown.start ^ ((int64_t)1 << grown.level), grown.level)) != NULL) {
        node *left = found->start < grown.start ? found : &grown;
        node *right = left == found ? &grown : found;
        join(t, &left->content, &right->content);
        grown = (node){left->start, grown.level + 1, left->content};
        *found = t->nodes[--t->count];
    }
    t->nodes[t->count++] = grown;
}

static void note(libnc_block_tree *t, const libnc_accumulator *a)
{
    t->pass = libnc_accumulator_pass(a);
    t->classes = a->classes;
    t->width = a->width;
    t->directions = a->second ? a->second->rank : 0;
    t->ended = libnc_accumulator_second_samples(a);
}

libnc_status libnc_block_tree_end_block(libnc_block_tree *t, libnc_accumulator *a, int64_t block)
{
    content leaf = {0};
    if (!t)
        return LIBNC_ERROR_ARGUMENT;
    libnc_status status = nc__check_given(t->context, "accumulator", a);
    if (status == LIBNC_OK)
        status = check_accumulator(t, a);
    if (status == LIBNC_OK)
        status = check_block(t, block);
    if (status == LIBNC_OK)
        status = make_room(t);
    if (status != LIBNC_OK)
        return status;
    const int64_t samples = libnc_accumulator_samples(a);
    if (a->second)
        status = a->second->rank > 0 ? take_sums(t, a->second, &leaf) : LIBNC_OK;
    else if (samples > 0)
        status = take_first(a, &leaf);
    if (status != LIBNC_OK)
        return status;
    note(t, a);
    if (t->pass == 1)
        t->samples += samples;
    if (leaf.first || leaf.sums)
        insert(t, block, leaf);
    return LIBNC_OK;
}

/* ---- all blocks ---- */

/* A node and the rank that has it. */
typedef struct leaf {
    int64_t start, level, owner, end;
} leaf;

enum { LEAF_WORDS = sizeof(leaf) / sizeof(int64_t) };

typedef struct folding {
    libnc_block_tree *tree;
    libnc_communicator *communicator;
    const libnc_accumulator *like; /* shape and options */
    leaf *leaves;                  /* of all ranks */
    int64_t *order;                /* the leaves in the order of their blocks */
    int64_t count;
} folding;

static const leaf *leaf_at(const folding *f, int64_t i)
{
    return &f->leaves[f->order[i]];
}

static int by_start(const void *leaves, int64_t a, int64_t b)
{
    const leaf *l = leaves;
    return l[a].start < l[b].start ? -1 : l[a].start > l[b].start;
}

/* Two leaves that share blocks stand beside each other. */
static libnc_status check_apart(const folding *f)
{
    for (int64_t i = 1; i < f->count; i++) {
        const leaf *before = leaf_at(f, i - 1), *l = leaf_at(f, i);
        if (l->start < before->end)
            return nc__fail(f->tree->context, LIBNC_ERROR_ARGUMENT,
                            "block = %lld: ranks %lld and %lld both have it", (long long)l->start,
                            (long long)before->owner, (long long)l->owner);
    }
    return LIBNC_OK;
}

/* Where the leaves of this rank begin among those of all, in the order of the ranks. */
static libnc_status count_leaves(folding *f, nc__arena *arena, int64_t *begin)
{
    libnc_communicator *c = f->communicator;
    int64_t *counts = nc__arena_alloc(arena, (size_t)c->size, sizeof *counts);
    libnc_status status = nc__agree(c, nc__arena_status(arena));
    if (status != LIBNC_OK)
        return status;
    counts[c->rank] = f->tree->count;
    status = nc__exchange_sum_int64(c, counts, c->size);
    *begin = f->count = 0;
    for (int32_t r = 0; r < c->size && status == LIBNC_OK; r++) {
        *begin += r < c->rank ? counts[r] : 0;
        f->count += counts[r];
    }
    return status;
}

static libnc_status list_leaves(folding *f, nc__arena *arena)
{
    libnc_communicator *c = f->communicator;
    const libnc_block_tree *t = f->tree;
    int64_t begin;
    libnc_status status = count_leaves(f, arena, &begin);
    if (status != LIBNC_OK)
        return status;
    f->leaves = nc__arena_alloc(arena, (size_t)f->count, sizeof *f->leaves);
    f->order = nc__arena_alloc(arena, (size_t)f->count, sizeof *f->order);
    if ((status = nc__agree(c, nc__arena_status(arena))) != LIBNC_OK)
        return status;
    for (int64_t i = 0; i < t->count; i++) {
        const node *n = &t->nodes[i];
        f->leaves[begin + i] =
            (leaf){n->start, n->level, c->rank, n->start + ((int64_t)1 << n->level)};
    }
    status = nc__exchange_sum_int64(c, (int64_t *)f->leaves, LEAF_WORDS * f->count);
    if (status != LIBNC_OK)
        return status;
    for (int64_t i = 0; i < f->count; i++)
        f->order[i] = i;
    nc__sort_indices(f->order, f->count, by_start, f->leaves);
    return check_apart(f);
}

/* A block of a state, which the owner copies and the others receive. */
static libnc_status share(const folding *f, const leaf *l, void *to, const void *from,
                          int64_t count)
{
    const int64_t bytes = count * (int64_t)sizeof(double);
    if (from)
        memcpy(to, from, (size_t)bytes);
    return nc__exchange_broadcast(f->communicator, to, bytes, (int32_t)l->owner);
}

static libnc_status share_first(const folding *f, const leaf *l, libnc_accumulator *to,
                                const libnc_accumulator *from)
{
    const int64_t K = to->classes, d = to->width;
    nc__statistics *s = to->statistics, *o = from ? from->statistics : NULL;
    int64_t types[] = {from ? from->has_float32 : 0, from ? from->has_float64 : 0};
    libnc_status status =
        nc__exchange_broadcast(f->communicator, types, sizeof types, (int32_t)l->owner);
    const struct {
        void *to;
        const void *from;
        int64_t count;
    } parts[] = {{s->counts, o ? o->counts : NULL, K},
                 {to->decided, o ? from->decided : NULL, K},
                 {to->right, o ? from->right : NULL, K},
                 {s->references, o ? o->references : NULL, K * d},
                 {s->offsets, o ? o->offsets : NULL, K * d},
                 {s->squares, o ? o->squares : NULL, K},
                 {to->losses, o ? from->losses : NULL, to->losses ? K : 0},
                 {s->scatter ? s->scatter->sum : NULL, o && o->scatter ? o->scatter->sum : NULL,
                  s->scatter ? d * d : 0}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts && status == LIBNC_OK; i++)
        status = share(f, l, parts[i].to, parts[i].from, parts[i].count);
    to->has_float32 = types[0] > 0;
    to->has_float64 = types[1] > 0;
    s->samples = 0;
    for (int64_t k = 0; k < K; k++)
        s->samples += s->counts[k];
    return status;
}

static libnc_status create_content(const folding *f, content *c)
{
    const bool is_first = !f->like->second;
    if (!is_first) {
        c->sums = nc__alloc(f->tree->context, (size_t)sum_count(f->tree), sizeof *c->sums);
        return c->sums ? LIBNC_OK : LIBNC_ERROR_MEMORY;
    }
    const libnc_status status = create_like(&c->first, f->like);
    return status == LIBNC_OK ? nc__accumulator_begin(c->first) : status;
}

/* A copy of a leaf on every rank. */
static libnc_status fetch(const folding *f, const leaf *l, content *c)
{
    const node *own =
        l->owner == f->communicator->rank ? find_node(f->tree, l->start, l->level) : NULL;
    const libnc_status status = nc__agree(f->communicator, create_content(f, c));
    if (status != LIBNC_OK)
        return status;
    return c->first ? share_first(f, l, c->first, own ? own->content.first : NULL)
                    : share(f, l, c->sums, own ? own->content.sums : NULL, sum_count(f->tree));
}

/* The blocks start .. start + 2^level - 1, which are those of leaves begin .. end - 1; nothing if
 * there are none. */
static libnc_status fold(const folding *f, int64_t begin, int64_t end, int64_t start, int64_t level,
                         content *c)
{
    const int64_t middle = start + ((int64_t)1 << level) / 2;
    content right = {0};
    int64_t cut = begin;
    if (end - begin <= 1)
        return end == begin ? LIBNC_OK : fetch(f, leaf_at(f, begin), c);
    while (cut < end && leaf_at(f, cut)->start < middle)
        cut++;
    libnc_status status = fold(f, begin, cut, start, level - 1, c);
    if (status == LIBNC_OK && cut == begin)
        return fold(f, cut, end, middle, level - 1, c);
    if (status == LIBNC_OK)
        status = fold(f, cut, end, middle, level - 1, &right);
    if (status == LIBNC_OK && (right.first || right.sums))
        join(f->tree, c, &right);
    release(f->tree, &right);
    return status;
}

static libnc_status fold_all(folding *f, nc__arena *arena, content *c)
{
    libnc_status status = list_leaves(f, arena);
    if (status == LIBNC_OK)
        status = fold(f, 0, f->count, 0, LEVELS, c);
    if (status != LIBNC_OK)
        release(f->tree, c);
    return status;
}

static libnc_status reduce_first(folding *f, nc__arena *arena, libnc_accumulator *a)
{
    content all = {0};
    int64_t samples = f->tree->samples;
    libnc_status status = nc__ranks_sum_samples(f->communicator, &samples);
    if (status != LIBNC_OK || samples == 0)
        return status;
    status = fold_all(f, arena, &all);
    if (status != LIBNC_OK)
        return status;
    swap(a, all.first);
    release(f->tree, &all);
    a->is_shared[0] = true;
    return LIBNC_OK;
}

static libnc_status reduce_second(folding *f, nc__arena *arena, libnc_accumulator *a)
{
    content all = {0};
    nc__second_pass *second = a->second;
    const size_t r = (size_t)second->rank;
    libnc_status status = nc__ranks_check_second(a, f->communicator);
    int64_t *tallies = nc__arena_alloc(arena, (size_t)a->classes, NC__TALLIES * sizeof *tallies);
    if (status == LIBNC_OK)
        status = nc__agree(f->communicator, nc__arena_status(arena));
    if (status == LIBNC_OK)
        status = nc__ranks_sum_tallies(a, f->communicator, tallies);
    f->tree->directions = second->rank; /* of a rank without blocks too */
    if (status == LIBNC_OK && r > 0)
        status = fold_all(f, arena, &all);
    if (status != LIBNC_OK)
        return status;
    nc__ranks_take_tallies(a, tallies);
    if (all.sums) {
        memcpy(second->balanced, all.sums, r * sizeof(double));
        memcpy(nc__scatter_values(second->scatter), all.sums + r, r * r * sizeof(double));
    }
    release(f->tree, &all);
    a->is_shared[1] = true;
    return LIBNC_OK;
}

static libnc_status check_ended(const libnc_block_tree *t, const libnc_accumulator *a)
{
    libnc_status status = check_accumulator(t, a);
    if (status != LIBNC_OK)
        return status;
    const int64_t left = a->second ? (a->second->rank > 0 ? a->second->samples - t->ended : 0)
                                   : libnc_accumulator_samples(a);
    if (left > 0)
        return nc__fail(t->context, LIBNC_ERROR_STATE,
                        "accumulator: %lld samples came since the last block was ended",
                        (long long)left);
    return LIBNC_OK;
}

static libnc_status check_tree(const libnc_block_tree *t, const libnc_accumulator *a,
                               const libnc_communicator *c)
{
    libnc_status status = nc__check_given(c->context, "tree", t);
    if (status == LIBNC_OK && t->context != c->context)
        return nc__fail(c->context, LIBNC_ERROR_ARGUMENT, "tree: belongs to another context");
    return status == LIBNC_OK ? check_ended(t, a) : status;
}

libnc_status libnc_block_tree_all_reduce(libnc_block_tree *tree, libnc_accumulator *a,
                                         libnc_communicator *c)
{
    libnc_status status = nc__ranks_check_arguments(a, c);
    if (status == LIBNC_OK)
        status = nc__agree(c, check_tree(tree, a, c));
    if (status == LIBNC_OK)
        status = nc__ranks_check_kind(a, c);
    if (status != LIBNC_OK)
        return status;
    nc__arena arena = {.context = a->context};
    folding f = {.tree = tree, .communicator = c, .like = a};
    status = a->second ? reduce_second(&f, &arena, a) : reduce_first(&f, &arena, a);
    nc__arena_release(&arena);
    if (status == LIBNC_OK)
        clear(tree);
    return status;
}
