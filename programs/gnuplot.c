/* SPDX-License-Identifier: MIT */
#include "gnuplot.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "output.h"
#include "words.h"

void script_begin(FILE *file, const char *title)
{
    size_t length = strlen(title);
    int title_size = length <= 48 ? 19 : length <= 72 ? 15 : 11; /* fits the narrowest figure */
    fprintf(file,
            "# Draws the figures of this folder: gnuplot %s\n"
            "setting = \"%s\"\n"
            "if (!exists(\"folder\")) folder = \"\" # where the figures go\n"
            "set encoding utf8\n"
            "set datafile missing \"nan\"\n"
            "font = \"Helvetica,19\"\n"
            "title_font = \"Helvetica,%d\"\n"
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
            SCRIPT_NAME, title, title_size);
}

/* Runs gnuplot in the folder of --out, with its figures going to one below; false if there is none
 * or it fails. */
static bool run_gnuplot(const program *self, const char *below)
{
    char command[64];
    snprintf(command, sizeof command, "folder = '%s/'", below);
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        return false;
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
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Writes the content of one file as another. */
static libnc_status copy_figure(const program *self, const char *from, const char *name)
{
    char block[4096];
    FILE *in = fopen(from, "rb"), *out = open_output(self, name);
    for (size_t size; in != NULL && (size = fread(block, 1, sizeof block, in)) > 0;)
        fwrite(block, 1, size, out);
    if (in == NULL || ferror(in) || fclose(in) != 0)
        stop(self, EXIT_FAILURE, "%s: cannot read: %s", from, strerror(errno));
    return finish_output(self, out);
}

/* Figures are drawn in a folder of their own, and whole ones go to where they belong. */
static bool draw_below(const program *self)
{
    char *folder = path_in(self, self->out, "libnc-XXXXXX");
    if (mkdtemp(folder) == NULL)
        stop(self, EXIT_FAILURE, "%s: cannot create: %s", folder, strerror(errno));
    bool drawn = run_gnuplot(self, strrchr(folder, '/') + 1);
    libnc_status status = LIBNC_OK;
    DIR *figures = opendir(folder);
    for (struct dirent *figure; figures != NULL && (figure = readdir(figures)) != NULL;) {
        if (figure->d_name[0] == '.')
            continue;
        char *from = path_in(self, folder, figure->d_name);
        if (drawn && status == LIBNC_OK)
            status = copy_figure(self, from, figure->d_name);
        unlink(from);
        free(from);
    }
    if (figures != NULL)
        closedir(figures);
    rmdir(folder);
    free(folder);
    require(self, status);
    return drawn;
}

void draw_script(const program *self)
{
    bool drawn = draw_below(self);
    if (self->json)
        return;
    char *folder = plain_text(self->out);
    printf("\n%s %s%s\n", drawn ? "Tables and figures in" : "Tables in",
           folder != NULL ? folder : "the folder of --out",
           drawn ? "" : "; no figures: gnuplot is not here, or failed on " SCRIPT_NAME);
    free(folder);
}
