/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report_page.h"

void make_directory(const program *self, const char *path)
{
    size_t length = strlen(path);
    char *part = allocate(self, length + 1, 1);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        struct stat info;
        int reason = mkdir(part, 0777) == 0 ? 0 : errno;
        if (reason != 0 && (stat(part, &info) != 0 || !S_ISDIR(info.st_mode)))
            stop(self, EXIT_FAILURE, "--out = %s: cannot create: %s", path, strerror(reason));
    }
    free(part);
    if (access(path, W_OK | X_OK) != 0)
        stop(self, EXIT_FAILURE, "--out = %s: cannot write there: %s", path, strerror(errno));
}

/* ---- files, which libnc writes whole or not at all ---- */

char *path_in(const program *self, const char *folder, const char *name)
{
    const size_t size = strlen(folder) + strlen(name) + 2;
    char *path = allocate(self, size, 1);
    snprintf(path, size, "%s/%s", folder, name);
    return path;
}

FILE *open_output(const program *self, const char *name)
{
    pending_file *pending = self->pending;
    pending->path = path_in(self, self->out, name);
    FILE *file = open_memstream(&pending->text, &pending->size);
    if (file == NULL)
        stop(self, EXIT_FAILURE, "%s: out of memory", pending->path);
    return file;
}

libnc_status finish_output(const program *self, FILE *file)
{
    pending_file *pending = self->pending;
    bool bad = ferror(file) != 0;
    if (fclose(file) != 0 || bad)
        stop(self, EXIT_FAILURE, "%s: out of memory", pending->path);
    libnc_status status =
        libnc_file_write(self->context, pending->path, pending->text, pending->size);
    if (status >= 0)
        page_add(self, strrchr(pending->path, '/') + 1, pending->text, pending->size);
    free(pending->text);
    free(pending->path);
    *pending = (pending_file){.page = pending->page};
    return status;
}

void close_output(const program *self, FILE *file)
{
    require(self, finish_output(self, file));
}

/* ---- tables ---- */

void write_source(const program *self, FILE *file)
{
    fprintf(file, "# libnc %s", libnc_version());
    if (self->description != NULL)
        fprintf(file, ", %s", self->description);
    fprintf(file, "; %s\n", self->command);
}

void write_tsv(const program *self, const char *name, const char *const *names, int columns,
               const double *values, int64_t rows)
{
    FILE *file = open_output(self, name);
    for (int j = 0; j < columns; j++)
        fprintf(file, "%s%s", j > 0 ? "\t" : "# ", names[j]);
    fputc('\n', file);
    write_source(self, file);
    for (int64_t i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            fprintf(file, "%.12g%c", values[i * columns + j], j + 1 < columns ? '\t' : '\n');
    close_output(self, file);
}

void write_matrix_tsv(const program *self, const char *name, const double *values, int64_t n)
{
    FILE *file = open_output(self, name);
    write_source(self, file);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            fprintf(file, "%.12g%c", values[i * n + j], j + 1 < n ? '\t' : '\n');
    close_output(self, file);
}
