/* SPDX-License-Identifier: MIT */
#include "program.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report_page.h"
#include "words.h"

/* ---- failing ---- */

void stop(const program *self, int code, const char *format, ...)
{
    char brief[1024], *text = brief, *plain = NULL;
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(brief, sizeof brief, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof brief && (text = malloc((size_t)length + 1)) != NULL) {
        va_start(arguments, format);
        vsnprintf(text, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    if (text != NULL)
        plain = plain_text(text);
    fprintf(stderr, "%s: %s\n", self->name, plain != NULL ? plain : "failed, and out of memory");
    exit(code);
}

void require(const program *self, libnc_status status)
{
    if (status < 0)
        stop(self, EXIT_FAILURE, "%s (%s)", libnc_context_error(self->context),
             libnc_status_name(status));
}

void *allocate(const program *self, size_t count, size_t size)
{
    void *block = calloc(count > 0 ? count : 1, size);
    if (block == NULL)
        stop(self, EXIT_FAILURE, "out of memory: %zu values of %zu bytes", count, size);
    return block;
}

/* One word of a command, in quotes where a shell would not take it as it is. */
static void write_word(FILE *file, const char *word)
{
    const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+.,:/@%";
    if (*word != '\0' && word[strspn(word, plain)] == '\0') {
        fputs(word, file);
        return;
    }
    fputc('\'', file);
    for (; *word != '\0'; word++)
        fputs(*word == '\'' ? "'\\''" : (const char[]){*word, '\0'}, file);
    fputc('\'', file);
}

/* The command in one line of plain text. */
static char *command_of(const program *self, int argc, char **argv)
{
    char *words = NULL, *plain = NULL;
    size_t size;
    FILE *file = open_memstream(&words, &size);
    if (file != NULL) {
        fputs(self->name, file);
        for (int i = 1; i < argc; i++) {
            fputc(' ', file);
            write_word(file, argv[i]);
        }
        if (fclose(file) == 0)
            plain = plain_text(words);
    }
    free(words);
    if (plain == NULL)
        stop(self, EXIT_FAILURE, "out of memory");
    return plain;
}

void program_begin(program *self, int argc, char **argv)
{
    self->command = command_of(self, argc, argv);
    if (libnc_context_create(&self->context) < 0)
        stop(self, EXIT_FAILURE, "cannot create a context");
    self->pending = allocate(self, 1, sizeof *self->pending);
}

int program_end(program *self)
{
    libnc_context_destroy(self->context);
    page_release(self->pending->page);
    free(self->pending);
    free(self->command);
    free(self->description);
    if (fflush(stdout) != 0 || ferror(stdout))
        stop(self, EXIT_FAILURE, "cannot write to standard output");
    return EXIT_SUCCESS;
}

/* ---- the BLAS ---- */

void choose_blas_kernels(char **argv)
{
    bool wide = strcmp(libnc_blas_kernels(), "avx512") == 0;
    if (strcmp(libnc_blas_core(), "Prescott") != 0 || getenv("OPENBLAS_CORETYPE") != NULL ||
        strcmp(libnc_blas_kernels(), "baseline") == 0)
        return;
    if (setenv("OPENBLAS_CORETYPE", wide ? "SkylakeX" : "Haswell", 0) == 0)
        execvp(argv[0], argv); /* returns only if it fails: then go on as it is */
}

void set_threads(const program *self, int32_t threads)
{
    require(self, libnc_context_set_threads(self->context, threads));
    libnc_status status = libnc_blas_set_threads(self->context, 1);
    if (status != LIBNC_ERROR_UNSUPPORTED)
        require(self, status);
}
