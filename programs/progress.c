/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "terminal.h"

enum { LONGEST_LINE = 78 };

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

/* Whether it is time to draw again. */
static bool is_due(progress_line *line)
{
    const double now = line->shown ? clock_seconds() : 0;
    if (!line->shown || now - line->last < 0.1)
        return false;
    line->last = now;
    return true;
}

/* The last column stays empty: some terminals wrap as soon as it is written. */
static int room(void)
{
    const int width = terminal_width(STDERR_FILENO) - 1;
    return width < LONGEST_LINE ? width : LONGEST_LINE;
}

/* The bar gets what the words leave. */
void progress_show(progress_line *line, int64_t done, int64_t total, const char *words)
{
    enum { LONGEST_BAR = 30 };
    char text[LONGEST_LINE + 1], bar[LONGEST_BAR + 1] = "";
    if (!is_due(line))
        return;
    const int width = room();
    int used =
        snprintf(text, sizeof text, "%lld/%lld  %s", (long long)done, (long long)total, words);
    used = used < width ? used : width;
    int length = width - used - 1 < LONGEST_BAR ? width - used - 1 : LONGEST_BAR;
    for (int i = 0; i < length; i++)
        bar[i] = (double)done * length > (double)total * i ? '#' : '.';
    fprintf(stderr, "\r%s%s%s%s%.*s", line->colour ? "\033[36m" : "", bar,
            line->colour ? "\033[0m" : "", length > 0 ? " " : "", used, text);
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
    const int width = room();
    if (!is_due(line))
        return;
    fprintf(stderr, "\r%-*.*s", width, width, text);
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
        fprintf(stderr, "\r%*s\r", room(), "");
}
