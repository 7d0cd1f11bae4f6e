/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

progress_line progress_begin(const program *self)
{
    const char *no_color = getenv("NO_COLOR");
    progress_line line = {.shown = !self->quiet && isatty(STDERR_FILENO),
                          .colour = no_color == NULL || *no_color == '\0'};
    return line;
}

void progress_show(progress_line *line, int64_t done, int64_t total, const char *words)
{
    enum { BAR = 30 };
    double now = line->shown ? clock_seconds() : 0;
    if (!line->shown || now - line->last < 0.1)
        return;
    line->last = now;
    char bar[BAR + 1];
    for (int i = 0; i < BAR; i++)
        bar[i] = (double)done * BAR > (double)total * i ? '#' : '.';
    bar[BAR] = '\0';
    fprintf(stderr, "\r%s%s%s %lld/%lld  %s", line->colour ? "\033[36m" : "", bar,
            line->colour ? "\033[0m" : "", (long long)done, (long long)total, words);
    fflush(stderr);
}

void progress_objective(progress_line *line, int64_t done, int64_t total, double objective)
{
    char words[40];
    snprintf(words, sizeof words, "objective %-12.6g", objective);
    progress_show(line, done, total, words);
}

/* Text in the place of a bar. */
static void progress_text(progress_line *line, const char *text)
{
    double now = line->shown ? clock_seconds() : 0;
    if (!line->shown || now - line->last < 0.1)
        return;
    line->last = now;
    fprintf(stderr, "\r%-78.78s", text);
    fflush(stderr);
}

static void progress_listen(int32_t level, const char *text, void *line)
{
    if (level == LIBNC_LOG_INFO)
        progress_text(line, text);
}

void progress_follow(const program *self, progress_line *line, bool shown)
{
    shown = shown && line->shown;
    require(self, libnc_context_set_log(self->context, shown ? progress_listen : NULL, line,
                                        LIBNC_LOG_INFO));
}

void progress_end(const progress_line *line)
{
    if (line->shown)
        fprintf(stderr, "\r%78s\r", "");
}
