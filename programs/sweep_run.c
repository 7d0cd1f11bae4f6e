/* SPDX-License-Identifier: MIT */
#include "sweep_run.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "interrupt.h"
#include "progress.h"

/* ---- one point ---- */

static void describe_lengths(const program *self, const libnc_geometry *geometry, double *values,
                             size_t K, sweep_row *row)
{
    double *rows = values, *means = values + K;
    require(self, libnc_geometry_lengths(geometry, 1, rows, means, K));
    for (int side = 0; side < 2; side++) {
        const double *squares = side == 0 ? rows : means;
        double most = squares[0], least = squares[0];
        for (size_t k = 1; k < K; k++) {
            most = squares[k] > most ? squares[k] : most;
            least = squares[k] < least ? squares[k] : least;
        }
        row->facts[side == 0 ? SWEEP_LONGEST_ROW : SWEEP_LONGEST_MEAN] = sqrt(most);
        row->facts[side == 0 ? SWEEP_SHORTEST_ROW : SWEEP_SHORTEST_MEAN] = sqrt(least);
    }
}

static void describe_classes(const program *self, const libnc_geometry *geometry, double *margins,
                             int32_t *marks, size_t K, sweep_row *row)
{
    int64_t lost = 0, missed = 0;
    double smallest = INFINITY;
    require(self, libnc_geometry_margins(geometry, margins, K));
    require(self, libnc_geometry_lost_classes(geometry, marks, K));
    for (size_t k = 0; k < K; k++) {
        lost += marks[k] != 0;
        smallest = margins[k] < smallest ? margins[k] : smallest;
    }
    require(self, libnc_geometry_predicted(geometry, marks, K));
    for (size_t k = 0; k < K; k++)
        missed += marks[k] == 0;
    row->facts[SWEEP_LOST] = (double)lost;
    row->facts[SWEEP_NOT_PREDICTED] = (double)missed;
    row->facts[SWEEP_SMALLEST_MARGIN] = smallest;
}

static const char *status_word(int32_t status)
{
    switch (status) {
    case LIBNC_GEOMETRY_PROVEN: return "proven";
    case LIBNC_GEOMETRY_CRITICAL_POINT: return "critical-point";
    case LIBNC_GEOMETRY_BEST_KNOWN: return "best-known";
    default: return "stalled";
    }
}

static void describe(const program *self, const libnc_geometry *geometry, size_t K, sweep_row *row)
{
    int64_t rank;
    double *values = allocate(self, 2 * K, sizeof *values);
    int32_t *marks = allocate(self, K, sizeof *marks);
    require(self, libnc_geometry_loss(geometry, &row->facts[SWEEP_LOSS], &row->facts[SWEEP_GAP]));
    require(self, libnc_geometry_rank(geometry, &rank));
    row->facts[SWEEP_RANK] = (double)rank;
    row->status = status_word(libnc_geometry_status(geometry));
    describe_classes(self, geometry, values, marks, K, row);
    describe_lengths(self, geometry, values, K, row);
    free(values);
    free(marks);
}

/* A point without a prediction is a row too. */
static sweep_row solve_point(const program *self, const sweep *s, const problem *task,
                             int64_t point)
{
    sweep_row row = {.status = "none"};
    libnc_classes *classes = NULL;
    libnc_geometry *geometry = NULL;
    problem p = sweep_problem(self, s, task, point);
    for (int f = 0; f < SWEEP_FACTS; f++)
        row.facts[f] = NAN;
    require(self,
            libnc_classes_from_counts(&classes, self->context, p.counts.values, p.counts.size));
    const libnc_status status = problem_try(self, &p, classes, &geometry);
    if (status == LIBNC_ERROR_NUMERICAL)
        row.status = "failed";
    else if (status != LIBNC_ERROR_UNSUPPORTED)
        require(self, status);
    if (status >= 0)
        describe(self, geometry, (size_t)p.counts.size, &row);
    libnc_geometry_destroy(geometry);
    libnc_classes_destroy(classes);
    problem_release(&p);
    return row;
}

/* ---- all points ---- */

typedef struct crew {
    const program *self;
    const problem *task;
    sweep_table *t;
    pthread_mutex_t mutex; /* of what follows, and the table */
    int64_t next;
    progress_line progress;
} crew;

/* The next point without a row; the end where there is none, or a signal has come. */
static int64_t take_point(crew *c)
{
    pthread_mutex_lock(&c->mutex);
    while (c->next < c->t->end && sweep_table_has(c->t, c->next))
        c->next++;
    const int64_t point = interrupt_signal() != 0 ? c->t->end : c->next;
    c->next += c->next < c->t->end;
    pthread_mutex_unlock(&c->mutex);
    return point;
}

static void keep_row(crew *c, int64_t point, const sweep_row *row)
{
    pthread_mutex_lock(&c->mutex);
    sweep_table_add(c->t, point, row);
    progress_objective(&c->progress, c->t->done, c->t->end - c->t->begin, row->facts[SWEEP_LOSS]);
    pthread_mutex_unlock(&c->mutex);
}

static void *work(void *argument)
{
    crew *c = argument;
    program worker = *c->self; /* says the same, but has a context of its own */
    worker.context = NULL;
    worker.quiet = true;
    if (libnc_context_create(&worker.context) < 0)
        stop(&worker, EXIT_FAILURE, "cannot create a context");
    set_threads(&worker, 1);
    for (int64_t point; (point = take_point(c)) < c->t->end;) {
        const sweep_row row = solve_point(&worker, c->t->s, c->task, point);
        keep_row(c, point, &row);
    }
    libnc_context_destroy(worker.context);
    return NULL;
}

static int64_t worker_count(const sweep_table *t)
{
    int64_t count = t->s->jobs > 0 ? t->s->jobs : sysconf(_SC_NPROCESSORS_ONLN);
    const int64_t points = t->end - t->begin - t->done;
    count = count < points ? count : points;
    return count < 1 ? 1 : count;
}

int sweep_run(const program *self, const problem *task, sweep_table *t)
{
    crew c = {.self = self, .task = task, .t = t, .next = t->begin};
    const int64_t workers = worker_count(t);
    pthread_t *threads = allocate(self, (size_t)workers, sizeof *threads);
    int64_t started = 0;
    c.progress = progress_begin(self);
    if (self->out == NULL && isatty(STDOUT_FILENO)) /* the rows are there to be seen */
        c.progress.shown = false;
    interrupt_listen();
    pthread_mutex_init(&c.mutex, NULL);
    while (started < workers - 1 && pthread_create(&threads[started], NULL, work, &c) == 0)
        started++;
    work(&c); /* this thread is one of them, and the only one where no other could start */
    while (started > 0)
        pthread_join(threads[--started], NULL);
    pthread_mutex_destroy(&c.mutex);
    progress_end(&c.progress);
    free(threads);
    sweep_table_close(t);
    return interrupt_signal();
}
