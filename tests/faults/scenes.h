/* SPDX-License-Identifier: MIT
 *
 * scenes.h: worlds that several tables begin with, and what shows their hidden state.
 */
#ifndef FAULTS_SCENES_H
#define FAULTS_SCENES_H

#include "support/fault_cases.h"

static inline void set_whole(world *w, int32_t key, int64_t value)
{
    must(libnc_options_set_int64(libnc_trainer_options(w->trainer), key, value));
}

static inline void steps(world *w, int64_t count)
{
    ck_assert_int_eq(libnc_trainer_step(w->trainer, count, NULL), LIBNC_OK);
}

static char state_path[64];

/* In memory where it can be: hundreds are written, and a disk takes its time. */
static inline void prepare_state(world *w)
{
    (void)w;
    snprintf(state_path, sizeof state_path, "%s/libnc_faults_XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    int file = mkstemp(state_path);
    ck_assert_int_ge(file, 0);
    close(file);
}

static inline void prepare_two_threads(world *w)
{
    must(libnc_context_set_threads(w->context, 2));
}

static inline void prepare_steps_done(world *w)
{
    world_train(w);
    steps(w, 3);
}

/* Steps show the state that cannot be asked for: velocities, pairs of L-BFGS, minibatch order. */
static inline void follow_training(world *w, record *r)
{
    double evaluated[3];
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(libnc_trainer_step(w->trainer, 2, NULL), LIBNC_OK);
        must(libnc_trainer_evaluate(w->trainer, &evaluated[0], &evaluated[1], &evaluated[2]));
        record_bytes(r, evaluated, sizeof evaluated);
    }
    record_trainer(r, w->trainer);
    record_model(r, libnc_trainer_model(w->trainer));
}

/* Two classes' worth of directions is all that this takes: the fewest starts. */
static inline void prepare_search(world *w)
{
    libnc_options *options = libnc_geometry_options(w->geometry);
    must(libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_LOSS, LIBNC_LOSS_CROSS_ENTROPY));
    must(libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_WIDTH, 1));
    must(libnc_options_set_int64(options, LIBNC_GEOMETRY_OPTION_STARTS, 1));
}

static inline void prepare_searched(world *w)
{
    prepare_search(w);
    must(libnc_geometry_solve(w->geometry));
}

static inline void prepare_bias(world *w)
{
    must(libnc_options_set_int64(libnc_geometry_options(w->geometry), LIBNC_GEOMETRY_OPTION_BIAS,
                                 1));
}

static inline void prepare_bias_solved(world *w)
{
    prepare_bias(w);
    must(libnc_geometry_solve(w->geometry));
}

/* Cross-entropy with one layer, counts 7, 2, 2. */
static inline void prepare_imbalanced(world *w)
{
    libnc_classes *classes;
    libnc_geometry_destroy(w->geometry);
    must(libnc_classes_from_counts(&classes, w->context, (int64_t[]){7, 2, 2}, 3));
    must(libnc_geometry_create(&w->geometry, classes, 1));
    libnc_classes_destroy(classes);
    must(libnc_options_set_int64(libnc_geometry_options(w->geometry), LIBNC_GEOMETRY_OPTION_LOSS,
                                 LIBNC_LOSS_CROSS_ENTROPY));
    must(libnc_options_set_int64(libnc_geometry_options(w->geometry), LIBNC_GEOMETRY_OPTION_BIAS,
                                 1));
}

static inline void prepare_imbalanced_energy(world *w)
{
    prepare_imbalanced(w);
    must(libnc_options_set_int64(libnc_geometry_options(w->geometry), LIBNC_GEOMETRY_OPTION_FORM,
                                 1));
}

#endif
