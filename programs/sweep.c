/* SPDX-License-Identifier: MIT */
#include "sweep.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

enum { MAX_VALUES = 1000000, MAX_POINTS = 100000000 };

/* By enum sweep_parameter. */
static const struct {
    const char *name;
    double minimum, maximum;
    bool open;  /* above the minimum, not from it */
    bool whole; /* values are rounded */
} parameters[] = {{"weight-decay", 0, LARGEST_DECAY, true, false},
                  {"feature-decay", 0, LARGEST_DECAY, true, false},
                  {"decay", 0, LARGEST_DECAY, true, false},
                  {"depth", 1, MAX_DEPTH, false, true},
                  {"width", 1, MAX_WIDTH, false, true},
                  {"ratio", 1, (double)LARGEST_COUNT, false, false},
                  {"label-smoothing", 0, 1 - 1e-12, false, false},
                  {"energies", 0, LARGEST_FACTOR, true, false},
                  {"bias", 0, 1, false, true}};

enum { PARAMETERS = sizeof parameters / sizeof *parameters };

/* ---- options ---- */

/* What is before '='. */
static void read_parameter(const program *self, const option_spec *option, sweep_axis *axis)
{
    const size_t length = strcspn(optarg, "=");
    char names[200] = "";
    for (int i = 0; i < PARAMETERS; i++) {
        const char *name = parameters[i].name;
        if (optarg[length] == '=' && strlen(name) == length && strncmp(optarg, name, length) == 0) {
            axis->name = name;
            axis->parameter = (sweep_parameter)i;
            return;
        }
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i > 0 ? ", " : "",
                 name);
    }
    stop(self, EXIT_USAGE, "--%s = %s: must be PARAMETER=VALUES, the parameter one of %s",
         option->name, optarg, names);
}

/* The number that the table shows; a whole one where only those are. */
static double shown_value(sweep_parameter parameter, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.12g", parameters[parameter].whole ? floor(value + 0.5) : value);
    return strtod(text, NULL);
}

static void check_values(const program *self, const option_spec *option, const sweep_axis *axis)
{
    const double low = parameters[axis->parameter].minimum;
    const bool open = parameters[axis->parameter].open;
    for (int64_t i = 0; i < axis->size; i++)
        if (!(open ? axis->values[i] > low : axis->values[i] >= low) ||
            axis->values[i] > parameters[axis->parameter].maximum)
            stop(self, EXIT_USAGE, "--%s = %s: values of %s must be %s %g and at most %.12g",
                 option->name, optarg, axis->name, open ? "above" : "from", low,
                 parameters[axis->parameter].maximum);
}

/* Evenly from the first to the last, on a logarithmic scale by factors. */
static double spaced(double first, double last, int64_t i, int64_t count, bool logarithmic)
{
    if (i == 0 || count == 1)
        return first;
    if (i == count - 1)
        return last;
    const double part = (double)i / (double)(count - 1);
    return logarithmic ? first * pow(last / first, part) : first + (last - first) * part;
}

/* "a:b:n" or "a:b:n:log". */
static bool read_range(const program *self, const char *text, sweep_axis *axis)
{
    const char *end;
    double first, last;
    if (!read_number(text, &end, &first) || *end != ':' || !read_number(end + 1, &end, &last) ||
        *end != ':' || !read_whole(end + 1, &end, &axis->size))
        return false;
    axis->logarithmic = strcmp(end, ":log") == 0;
    if ((*end != '\0' && !axis->logarithmic) || axis->size < 1 || axis->size > MAX_VALUES ||
        (axis->logarithmic && !(first > 0 && last > 0)))
        return false;
    axis->values = allocate(self, (size_t)axis->size, sizeof *axis->values);
    for (int64_t i = 0; i < axis->size; i++)
        axis->values[i] = spaced(first, last, i, axis->size, axis->logarithmic);
    axis->range = true;
    return true;
}

/* "v1,v2,..". */
static bool read_list(const program *self, const char *text, sweep_axis *axis)
{
    const char *end = text;
    axis->size = 1;
    for (const char *c = text; *c != '\0'; c++)
        axis->size += *c == ',';
    axis->values = allocate(self, (size_t)axis->size, sizeof *axis->values);
    for (int64_t i = 0; i < axis->size; i++) {
        if (!read_number(text, &end, &axis->values[i]) || *end != (i + 1 < axis->size ? ',' : '\0'))
            return false;
        text = end + 1;
    }
    return true;
}

static void read_axis(const program *self, const option_spec *option, sweep *s)
{
    if (s->axis_count == MAX_AXES)
        stop(self, EXIT_USAGE, "--%s: must be given at most twice", option->name);
    sweep_axis *axis = &s->axes[s->axis_count];
    read_parameter(self, option, axis);
    const char *text = strchr(optarg, '=') + 1;
    if (!(strchr(text, ':') != NULL ? read_range : read_list)(self, text, axis))
        stop(self, EXIT_USAGE,
             "--%s = %s: must be %s=FIRST:LAST:COUNT, the same with :log, or %s=V1,V2,..",
             option->name, optarg, axis->name, axis->name);
    for (int64_t i = 0; i < axis->size; i++)
        axis->values[i] = shown_value(axis->parameter, axis->values[i]);
    check_values(self, option, axis);
    s->axis_count++;
}

static void read_shard(const program *self, const option_spec *option, sweep *s)
{
    const char *end;
    if (!read_whole(optarg, &end, &s->shard) || *end != '/' ||
        !read_whole(end + 1, &end, &s->shards) || *end != '\0' || s->shard < 1 ||
        s->shard > s->shards || s->shards > MAX_POINTS)
        stop(self, EXIT_USAGE, "--%s = %s: must be i/n, i from 1 to n", option->name, optarg);
}

bool sweep_option(const program *self, const option_spec *option, sweep *s)
{
    switch (option->key) {
    case KEY_SWEEP: read_axis(self, option, s); return true;
    case KEY_SHARD: read_shard(self, option, s); return true;
    case KEY_JOBS: s->jobs = option_whole(self, option, 1, 1024); return true;
    default: return false;
    }
}

static void check_axis(const program *self, const sweep_axis *axis, const problem *task)
{
    const bool energy = axis->parameter == SWEEP_ENERGIES,
               cross_entropy = task->loss == LIBNC_LOSS_CROSS_ENTROPY;
    if (axis->parameter == SWEEP_RATIO && !counts_have_ratio(&task->counts))
        stop(self, EXIT_USAGE, "--sweep ratio: must come with --long-tailed or --step");
    if (axis->parameter == SWEEP_LABEL_SMOOTHING && !cross_entropy)
        stop(self, EXIT_USAGE, "--sweep label-smoothing: must come with --loss ce");
    if (energy && (!cross_entropy || task->depth != 1))
        stop(self, EXIT_USAGE, "--sweep energies: must come with --loss ce and --depth 1");
    if (axis->parameter == SWEEP_DEPTH && task->weight_decay_count != 1)
        stop(self, EXIT_USAGE, "--sweep depth: must come with one --weight-decay");
    if (axis->parameter <= SWEEP_DECAY && task->energies[0] > 0)
        stop(self, EXIT_USAGE, "--sweep %s: must not come with --energies", axis->name);
}

/* Whether one of two axes would have no effect: "decay" sets what the other two do, and energies
 * take the place of all three. */
static bool is_overridden(sweep_parameter a, sweep_parameter b)
{
    return a <= SWEEP_DECAY && (b == SWEEP_DECAY || b == SWEEP_ENERGIES);
}

static void check_plane(const program *self, const sweep_axis *first, const sweep_axis *second)
{
    if (first->parameter == second->parameter)
        stop(self, EXIT_USAGE, "--sweep %s: must be given once", first->name);
    if (is_overridden(first->parameter, second->parameter) ||
        is_overridden(second->parameter, first->parameter))
        stop(self, EXIT_USAGE, "--sweep %s: must not come with --sweep %s", first->name,
             second->name);
}

void sweep_check(const program *self, const sweep *s, const problem *task)
{
    if (s->axis_count == 0 && (s->shards > 0 || s->jobs > 0))
        stop(self, EXIT_USAGE, "--%s: must come with --sweep", s->shards > 0 ? "shard" : "jobs");
    for (int i = 0; i < s->axis_count; i++)
        check_axis(self, &s->axes[i], task);
    if (s->axis_count == 2)
        check_plane(self, &s->axes[0], &s->axes[1]);
    if (s->axis_count > 0 && sweep_size(s) > MAX_POINTS)
        stop(self, EXIT_USAGE, "--sweep: %lld points: must be at most %d", (long long)sweep_size(s),
             MAX_POINTS);
}

void sweep_release(sweep *s)
{
    for (int i = 0; i < s->axis_count; i++)
        free(s->axes[i].values);
}

/* ---- points ---- */

int64_t sweep_size(const sweep *s)
{
    return s->axes[0].size * (s->axis_count > 1 ? s->axes[1].size : 1);
}

void sweep_range(const sweep *s, int64_t *begin, int64_t *end)
{
    const int64_t size = sweep_size(s);
    *begin = s->shards > 0 ? size * (s->shard - 1) / s->shards : 0;
    *end = s->shards > 0 ? size * s->shard / s->shards : size;
}

double sweep_value(const sweep *s, int axis, int64_t point)
{
    const int64_t fast = s->axis_count > 1 ? s->axes[1].size : 1;
    return s->axes[axis].values[axis == 0 ? point / fast : point % fast];
}

static void set_weight_decay(problem *p, double value)
{
    p->weight_decay_count = 1;
    p->weight_decay[0] = value;
}

static void set_parameter(const program *self, problem *p, sweep_parameter parameter, double value)
{
    switch (parameter) {
    case SWEEP_WEIGHT_DECAY: set_weight_decay(p, value); break;
    case SWEEP_FEATURE_DECAY: p->feature_decay = value; break;
    case SWEEP_DECAY:
        set_weight_decay(p, value);
        p->feature_decay = value;
        break;
    case SWEEP_DEPTH: p->depth = (int32_t)value; break;
    case SWEEP_WIDTH: p->width = (int64_t)value; break;
    case SWEEP_RATIO: counts_set_ratio(self, &p->counts, value); break;
    case SWEEP_LABEL_SMOOTHING: p->label_smoothing = value; break;
    case SWEEP_ENERGIES: p->energies[0] = p->energies[1] = value; break;
    case SWEEP_BIAS: p->bias = (int32_t)value; break;
    }
}

problem sweep_problem(const program *self, const sweep *s, const problem *task, int64_t point)
{
    problem p = problem_copy(self, task);
    for (int i = 0; i < s->axis_count; i++)
        set_parameter(self, &p, s->axes[i].parameter, sweep_value(s, i, point));
    return p;
}

void sweep_write(const sweep *s, FILE *file)
{
    for (int i = 0; i < s->axis_count; i++) {
        const sweep_axis *axis = &s->axes[i];
        fprintf(file, ", sweep %s=", axis->name);
        if (axis->range)
            fprintf(file, "%.12g:%.12g:%lld%s", axis->values[0], axis->values[axis->size - 1],
                    (long long)axis->size, axis->logarithmic ? ":log" : "");
        for (int64_t j = 0; !axis->range && j < axis->size; j++)
            fprintf(file, "%s%.12g", j > 0 ? "," : "", axis->values[j]);
    }
}
