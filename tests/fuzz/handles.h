/* SPDX-License-Identifier: MIT
 *
 * handles.h: the handles that a sequence has, of every kind and of two contexts, and what must hold
 * of every call.
 *
 * A call is written
 *
 *     libnc_geometry *g = a_handle(GEOMETRY);
 *     double *values = reals_out(K);
 *     STATUS(g, libnc_geometry_singular_values(g, values, a_size(K)));
 *
 * and STATUS checks it: the status is one that exists; after an error the text says something in
 * one line, outputs are untouched and, at times, all that can be seen of the handles is as it was;
 * when an allocation was refused the status is LIBNC_ERROR_MEMORY; after success outputs are
 * written and finite.
 */
#ifndef HANDLES_H
#define HANDLES_H

#include "base/base.h"
#include "guard.h"

/* Assertions of Check only work in its suites: those of world.h end the process here. */
#include <check.h>
#pragma push_macro("ck_assert_msg")
#pragma push_macro("ck_abort_msg")
#undef ck_assert_msg
#undef ck_abort_msg
#define ck_assert_msg(holds, ...) ((holds) ? (void)0 : fail_call(__VA_ARGS__))
#define ck_abort_msg(...)         fail_call(__VA_ARGS__)
#include "support/world.h"
#pragma pop_macro("ck_assert_msg")
#pragma pop_macro("ck_abort_msg")

typedef enum kind {
    RANDOM,
    CLASSES,
    DATASET,
    BACKBONE,
    NETWORK,
    MODEL,
    LOSS,
    PENALTY,
    OPTIMIZER,
    TRAINER,
    GEOMETRY,
    CURVATURE,
    RELU,
    REGRESSION,
    COLLAPSE,
    PARSIMONY,
    REPORT,
    MINORITY,
    ACCUMULATOR,
    HELD_OUT,
    OOD,
    ARRAY,
    WRITER,
    COMMUNICATOR,
    BLOCK_TREE,
    KINDS
} kind;

static const char *const kind_names[] = {
    "random",    "classes",   "dataset",       "backbone",     "network",
    "model",     "loss",      "penalty",       "optimizer",    "trainer",
    "geometry",  "curvature", "ReLU features", "regression",   "collapse",
    "parsimony", "report",    "minority",      "accumulator",  "held out",
    "scores",    "array",     "writer",        "communicator", "block tree"};
_Static_assert(sizeof kind_names / sizeof *kind_names == KINDS, "a name for each kind");

enum {
    ROOM = 3,         /* handles of a kind */
    TRAINED = 5,      /* what a trainer needs */
    MOST_NOTED = 8,   /* handles of a call */
    MOST_NESTED = 6,  /* calls that wait for a handle */
    LARGEST = 1 << 20 /* bytes of a block; larger ones are refused */
};

typedef struct pooled {
    void *handle;
    const void *needs[TRAINED]; /* of a trainer: what must outlive it; of a penalty: its model */
    size_t classes;             /* K of a curvature, which does not tell */
} pooled;

typedef struct noted {
    kind kind;
    void *handle;
} noted;

static struct {
    faults memory;
    libnc_context *contexts[2];
    pooled pools[KINDS][ROOM];
    noted seen[MOST_NOTED]; /* arguments of the call that is being made */
    int seen_count;
    int depth;      /* of calls that make a handle for another call */
    bool compares;  /* handles are looked at before and after */
    int64_t failed; /* allocations refused by the call */
    record before;
    const char *name; /* of the function that is being called */
    bool succeeded;   /* the last call */
    int64_t calls;
    uint64_t run; /* of the seed, where there is one */
} all;

static void fail_call(const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "FAIL fuzz calls, run %llu: %s: %s\n", (unsigned long long)all.run,
            all.name ? all.name : "", text);
    abort();
}

static void *limited_allocate(size_t size, void *user)
{
    faults *f = user;
    if (size == 0)
        fail_call("a block of no bytes was asked for");
    if (size > LARGEST) {
        f->calls++;
        f->failed++;
        return NULL;
    }
    return faults_allocate(size, user);
}

/* ---- what can be seen of a handle ---- */

static void look_at_model(record *r, libnc_model *model)
{
    int64_t rows = 0, cols = 0, total = 0;
    for (int32_t i = 0; i < libnc_model_parameter_count(model); i++)
        if (libnc_model_parameter_info(model, i, NULL, &rows, &cols) ||
            (total += rows * cols) > 1024)
            return;
    record_model(r, model);
}

static void look_at_parsimony(record *r, const libnc_parsimony *parsimony)
{
    double multiples[1000];
    const size_t depth = (size_t)libnc_parsimony_depth(parsimony);
    record_double(r, (double)libnc_parsimony_steps(parsimony));
    record_double(r, libnc_parsimony_multiples(parsimony, multiples, depth));
    record_bytes(r, multiples, depth * sizeof *multiples);
}

static void look_at(record *r, const noted *n)
{
    const void *h = n->handle;
    if (r->size > MOST_RECORDED / 4)
        return;
    switch (n->kind) {
    case CLASSES: record_classes(r, h); break;
    case DATASET:
        if (libnc_dataset_count(h) * libnc_dataset_width(h) < 1024)
            record_dataset(r, h);
        break;
    case BACKBONE:
        record_double(r, libnc_backbone_layers(h));
        record_double(r, (double)libnc_backbone_outputs(h));
        break;
    case MODEL: look_at_model(r, n->handle); break;
    case LOSS: record_options(r, libnc_loss_options(n->handle)); break;
    case OPTIMIZER: record_options(r, libnc_optimizer_options(n->handle)); break;
    case TRAINER: record_trainer(r, h); break;
    case PARSIMONY: look_at_parsimony(r, h); break;
    case GEOMETRY:
        record_options(r, libnc_geometry_options(n->handle));
        record_geometry(r, h);
        break;
    case REPORT:
        if (libnc_report_classes(h) <= 16 && libnc_report_depth(h) <= 4)
            record_report(r, h);
        break;
    case MINORITY: record_minority(r, h); break;
    case ACCUMULATOR:
        if (libnc_accumulator_classes(h) * libnc_accumulator_width(h) <= 64 &&
            libnc_accumulator_width(h) <= 8 && libnc_accumulator_classes(h) <= 64)
            record_accumulator(r, h);
        break;
    default: break;
    }
}

static void look(record *r)
{
    r->size = 0;
    for (int i = 0; i < all.seen_count; i++)
        if (all.seen[i].handle)
            look_at(r, &all.seen[i]);
}

/* ---- one call ---- */

static void begin_call(void)
{
    faults *f = &all.memory;
    all.calls++;
    all.compares = rarely(8);
    if (all.compares)
        look(&all.before);
    for (int i = 0; i < 2; i++)
        if (all.contexts[i])
            all.contexts[i]->error[0] = '\0';
    guard_close();
    f->failed = 0;
    f->fail_at = 0;
    if (rarely(8)) {
        f->fail_at = f->calls + 1 + choose(12);
        f->from_then_on = choose(2) == 1;
        say(" (allocation %lld%s refused)", (long long)(f->fail_at - f->calls),
            f->from_then_on ? " and later ones" : "");
    }
    if (choices.prints)
        fprintf(stderr, "%*s%s%.*s\n", 2 * all.depth, "", all.name, (int)choices.length,
                choices.line);
    choices.length = 0;
}

static void end_call(void)
{
    all.memory.fail_at = 0;
    all.failed = all.memory.failed;
    guard_open();
}

static const char *error_text(void)
{
    for (int i = 0; i < 2; i++)
        if (all.contexts[i] && all.contexts[i]->error[0])
            return all.contexts[i]->error;
    return "";
}

enum {
    PLAIN = 0,
    ANY_REAL = 1,   /* NaN and infinity are documented results */
    MAY_WRITE = 2,  /* outputs may be partly written after an error */
    MAY_CHANGE = 4, /* handles may be changed by an error */
    MAY_SKIP = 8    /* not all of an output need be written */
};

static void check_plain(const char *text)
{
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 127)
            fail_call("the text has the control character %d: %s", *at, text);
}

static void check_refused(bool has_owner, libnc_status status, int flags)
{
    const char *text = error_text();
    static record now;
    if (has_owner && !*text)
        fail_call("status %d without a text", (int)status);
    check_plain(text);
    if (!(flags & MAY_WRITE))
        check_untouched();
    if (all.compares && !(flags & MAY_CHANGE)) {
        look(&now);
        if (now.size != all.before.size || memcmp(now.bytes, all.before.bytes, now.size) != 0)
            fail_call("status %d, and a handle has changed", (int)status);
    }
}

/* True for success. */
static bool judge(bool has_owner, libnc_status status, int flags)
{
    end_call();
    if (choices.prints)
        fprintf(stderr, "%*s-> %d %s\n", 2 * all.depth, "", (int)status,
                status < 0 ? error_text() : "");
    if (strcmp(libnc_status_name(status), "UNKNOWN") == 0)
        fail_call("status %d does not exist", (int)status);
    if (status == LIBNC_ERROR_INTERNAL)
        fail_call("%s", error_text());
    if (all.failed > 0 && status != LIBNC_ERROR_MEMORY)
        fail_call("an allocation was refused and the status is %d: %s", (int)status, error_text());
    if (status < 0)
        check_refused(has_owner, status, flags);
    else if (!(flags & MAY_SKIP))
        check_written(flags & ANY_REAL);
    all.succeeded = status >= 0;
    return status >= 0;
}

/* A call that returns a status; `owner` is the handle whose context gets the text. */
#define STATUS_WITH(flags, owner, call) (begin_call(), judge((owner) != NULL, (call), (flags)))
#define STATUS(owner, call)             STATUS_WITH(PLAIN, owner, call)
/* A call that returns something else. */
#define GOT(call) (begin_call(), (void)(call), end_call(), (void)(all.succeeded = true))

/* ---- pools ---- */

static void note_handle(kind k, void *handle)
{
    if (all.seen_count < MOST_NOTED)
        all.seen[all.seen_count++] = (noted){k, handle};
}

static void destroy_one(kind k, void *h)
{
    switch (k) {
    case RANDOM: libnc_random_destroy(h); break;
    case CLASSES: libnc_classes_destroy(h); break;
    case DATASET: libnc_dataset_destroy(h); break;
    case BACKBONE: libnc_backbone_destroy(h); break;
    case NETWORK: libnc_network_destroy(h); break;
    case MODEL: libnc_model_destroy(h); break;
    case LOSS: libnc_loss_destroy(h); break;
    case PENALTY: libnc_penalty_destroy(h); break;
    case OPTIMIZER: libnc_optimizer_destroy(h); break;
    case TRAINER: libnc_trainer_destroy(h); break;
    case GEOMETRY: libnc_geometry_destroy(h); break;
    case CURVATURE: libnc_curvature_destroy(h); break;
    case RELU: libnc_relu_features_destroy(h); break;
    case REGRESSION: libnc_regression_destroy(h); break;
    case COLLAPSE: libnc_regression_collapse_destroy(h); break;
    case PARSIMONY: libnc_parsimony_destroy(h); break;
    case REPORT: libnc_report_destroy(h); break;
    case MINORITY: libnc_minority_destroy(h); break;
    case ACCUMULATOR: libnc_accumulator_destroy(h); break;
    case HELD_OUT: libnc_held_out_destroy(h); break;
    case OOD: libnc_ood_destroy(h); break;
    case ARRAY: libnc_array_destroy(h); break;
    case WRITER: libnc_array_writer_destroy(h); break;
    case COMMUNICATOR: libnc_communicator_destroy(h); break;
    case BLOCK_TREE: libnc_block_tree_destroy(h); break;
    case KINDS: break;
    }
}

/* Trainers that need the handle go first. */
static void forget(kind k, pooled *p)
{
    void *handle = p->handle;
    for (int i = 0; handle && k != TRAINER && i < ROOM; i++)
        for (int j = 0; j < TRAINED; j++)
            if (all.pools[TRAINER][i].needs[j] == handle)
                forget(TRAINER, &all.pools[TRAINER][i]);
    destroy_one(k, handle);
    *p = (pooled){.handle = NULL};
}

/* What a successful call put into `out`, one of the buffers. The last place is given up for it if
 * there is no free one. */
static pooled *keep(kind k, const void *out)
{
    pooled *p = all.pools[k];
    while (p->handle && p < &all.pools[k][ROOM - 1])
        p++;
    void *handle;
    memcpy(&handle, out, sizeof handle);
    forget(k, p);
    p->handle = handle;
    return p;
}

static bool is_pooled(kind k, const void *handle)
{
    for (int i = 0; i < ROOM; i++)
        if (all.pools[k][i].handle == handle)
            return true;
    return false;
}

static void make_handle(kind k);

/* One of the pool, made if there is none; rarely NULL. */
static void *a_handle(kind k)
{
    if (rarely(20)) {
        say(" NULL");
        note_handle(k, NULL);
        return NULL;
    }
    int have = 0;
    for (int i = 0; i < ROOM; i++)
        have += all.pools[k][i].handle != NULL;
    if (have == 0 && all.depth < MOST_NESTED)
        make_handle(k);
    for (int i = have = 0; i < ROOM; i++)
        have += all.pools[k][i].handle != NULL;
    void *handle = NULL;
    for (int i = 0, skip = have ? (int)choose((unsigned)have) : 0; i < ROOM && !handle; i++)
        if (all.pools[k][i].handle && skip-- == 0) {
            handle = all.pools[k][i].handle;
            say(" %s %d", kind_names[k], i);
        }
    note_handle(k, handle);
    return handle;
}

/* The first context; rarely the second, or none. */
static libnc_context *a_context(void)
{
    const unsigned which = choose(256);
    if (which == 255)
        say(" no context");
    else if (which > 240)
        say(" second context");
    return which == 255 ? NULL : all.contexts[which > 240];
}

static int32_t a_scalar(void)
{
    return a_key(LIBNC_FLOAT64, LIBNC_FLOAT32);
}

static uint64_t a_seed(void)
{
    const uint64_t seed = rarely(16) ? UINT64_MAX : choose(256);
    say(" seed %llu", (unsigned long long)seed);
    return seed;
}

/* Numbers of classes and widths: few, at times more, rarely impossible. */
static int64_t a_class_count(void)
{
    return rarely(16) ? an_amount(20, 40) : a_number(1, 5);
}

/* a b values; where no buffer has so many another number, which must be refused. */
static size_t size_of(int64_t a, int64_t b)
{
    if (a <= 0 || b <= 0)
        return 0;
    return a > MOST_VALUES || b > MOST_VALUES ? MOST_VALUES : at_most((size_t)(a * b));
}

#endif
