/* SPDX-License-Identifier: MIT */
#include "gnuplot.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "output.h"
#include "report_page.h"
#include "words.h"

static const char *figure_format(const program *self)
{
    return self->format != NULL ? self->format : "svg";
}

/* What gnuplot exits with where it lacks the terminal of the format; its own failures are 1. */
enum { NO_TERMINAL = 3 };

/* Sizes are in the pixels of an svg; a pdf has as many points, a png twice as many pixels. */
static void script_terminals(FILE *file, const char *format)
{
    fprintf(file,
            "if (!exists(\"folder\")) folder = \"\" # where the figures go\n"
            "if (!exists(\"format\")) format = \"%s\" # or svg, pdf, png\n"
            "if (format eq \"svg\") terminal(w, h) = sprintf(\"svg size %%d,%%d\", w, h)\n"
            "if (format eq \"pdf\") terminal(w, h) = sprintf(\"pdfcairo size %%.3fin,%%.3fin "
            "fontscale 0.75 lw 2 pointscale 1.5\", w/72.0, h/72.0)\n"
            "if (format eq \"png\") terminal(w, h) = sprintf(\"pngcairo size %%d,%%d "
            "fontscale 1.5 lw 2 pointscale 2 dashlength 0.5\", 2*w, 2*h)\n"
            "if (!strstrt(GPVAL_TERMINALS, \" \".word(terminal(1, 1), 1).\" \")) exit status %d\n"
            "style = \" enhanced font 'Helvetica,19' background rgb 'white'\"\n",
            format, NO_TERMINAL);
}

void script_begin(const program *self, FILE *file, const char *title)
{
    size_t length = strlen(title);
    int title_size = length <= 48 ? 19 : length <= 72 ? 15 : 11; /* fits the narrowest figure */
    fprintf(file,
            "# Draws the figures of this folder: gnuplot " SCRIPT_NAME
            "\n# In another format: gnuplot -e 'format = \"pdf\"' " SCRIPT_NAME "\n"
            "setting = \"%s\"\n",
            title);
    script_terminals(file, figure_format(self));
    fprintf(file,
            "title_font = \"Helvetica,%d\"\n"
            "set encoding utf8\n"
            "set datafile missing \"nan\"\n"
            "# Luminance, dash and marker differ, so that the curves part in grey too.\n"
            "set style line 1 lc rgb \"#000000\" dt 1 lw 3 pt 5 ps 0.7\n"
            "set style line 2 lc rgb \"#440154\" dt 2 lw 3 pt 7 ps 0.7\n"
            "set style line 3 lc rgb \"#31688e\" dt 4 lw 3 pt 9 ps 0.8\n"
            "set style line 4 lc rgb \"#1f9e89\" dt 5 lw 3 pt 11 ps 0.8\n"
            "set style line 5 lc rgb \"#8fb814\" dt 3 lw 3 pt 13 ps 0.8\n"
            "set style line 9 lc rgb \"#d0d0d0\" dt 1 lw 1\n"
            "# White to black through green and blue: luminance falls all the way.\n"
            "set palette defined (0 \"#ffffff\", 1 \"#a8ddb5\", 2 \"#43a2ca\", 3 \"#2a5599\", "
            "4 \"#0b0b2e\")\n",
            title_size);
}

void script_figure(FILE *file, const char *name, int width, int height)
{
    fprintf(file,
            "\neval \"set terminal \".terminal(%d, %d).style\nset output folder.\"%s.\".format\n",
            width, height, name);
}

void script_margins(FILE *file, double top, double bottom)
{
    fprintf(file, "set tmargin at screen %g\nset bmargin at screen %g\n", 1 - top, bottom);
}

/* Runs gnuplot in the folder of --out, with its figures going to one below. Returns its exit
 * status, -1 where there is none or it was ended. */
static int run_gnuplot(const program *self, const char *below, const char *format)
{
    char command[64];
    snprintf(command, sizeof command, "folder = '%s/'; format = '%s'", below, format);
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        return -1;
    if (child == 0) {
        if (chdir(self->out) != 0 || freopen("/dev/null", "w", stderr) == NULL ||
            freopen("/dev/null", "w", stdout) == NULL)
            _exit(127);
        execlp("gnuplot", "gnuplot", "-e", command, SCRIPT_NAME, (char *)NULL);
        _exit(127);
    }
    int status;
    while (waitpid(child, &status, 0) != child)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- figures are drawn in a folder of their own, and whole ones go to where they belong ---- */

static char *read_figure(const program *self, const char *path, size_t *size)
{
    char block[4096], *text = NULL;
    FILE *in = fopen(path, "rb"), *memory = open_memstream(&text, size);
    for (size_t got; in != NULL && memory != NULL && (got = fread(block, 1, sizeof block, in)) > 0;)
        fwrite(block, 1, got, memory);
    if (in == NULL || ferror(in) || fclose(in) != 0)
        stop(self, EXIT_FAILURE, "%s: cannot read: %s", path, strerror(errno));
    if (memory == NULL || fclose(memory) != 0)
        stop(self, EXIT_FAILURE, "%s: out of memory", path);
    return text;
}

/* Writes a figure to --out, which adds it to the page, or does the latter alone. */
static libnc_status keep_figure(const program *self, const char *path, bool page_alone)
{
    size_t size;
    const char *name = strrchr(path, '/') + 1;
    char *text = read_figure(self, path, &size);
    libnc_status status = LIBNC_OK;
    if (page_alone) {
        page_add(self, name, text, size);
    } else {
        FILE *file = open_output(self, name);
        fwrite(text, 1, size, file);
        status = finish_output(self, file);
    }
    free(text);
    return status;
}

static int is_figure(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Keeps the figures of a folder if they are whole, in the order of their names, and empties it. */
static libnc_status keep_figures(const program *self, const char *folder, bool whole,
                                 bool page_alone)
{
    struct dirent **figures = NULL;
    libnc_status status = LIBNC_OK;
    const int count = scandir(folder, &figures, is_figure, alphasort);
    for (int i = 0; i < count; i++) {
        char *path = path_in(self, folder, figures[i]->d_name);
        if (whole && status == LIBNC_OK)
            status = keep_figure(self, path, page_alone);
        unlink(path);
        free(path);
        free(figures[i]);
    }
    free(figures);
    return status;
}

/* Returns 0, or how gnuplot failed. */
static int draw_below(const program *self, const char *format, bool page_alone)
{
    char *folder = path_in(self, self->out, "libnc-XXXXXX");
    if (mkdtemp(folder) == NULL)
        stop(self, EXIT_FAILURE, "%s: cannot create: %s", folder, strerror(errno));
    const int failed = run_gnuplot(self, strrchr(folder, '/') + 1, format);
    const libnc_status status = keep_figures(self, folder, failed == 0, page_alone);
    rmdir(folder);
    free(folder);
    require(self, status);
    return failed;
}

void draw_script(const program *self)
{
    const char *format = figure_format(self);
    const int failed = draw_below(self, format, false);
    if (failed == 0 && strcmp(format, "pdf") == 0) /* which a page cannot show */
        draw_below(self, "svg", true);
    page_write(self);
    if (self->json)
        return;
    char *folder = plain_text(self->out);
    printf("\n%s %s", failed ? "Tables in" : "Tables, figures and " PAGE_NAME " in",
           folder != NULL ? folder : "the folder of --out");
    if (failed == NO_TERMINAL)
        printf("; no figures: this gnuplot draws no %s, Debian's package gnuplot-nox does", format);
    else if (failed)
        printf("; no figures: gnuplot is not here, or failed on " SCRIPT_NAME);
    putchar('\n');
    free(folder);
}
