/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <libnc/libnc.h>
#include <math.h> /* isfinite: a macro */
#include <stdlib.h>

#include "words.h"

void json_key(json_writer *json, const char *key)
{
    fprintf(json->file, "%s\"%s\": ", json->started ? ", " : "{", key);
    json->started = true;
}

/* JSON has no NaN: an undefined number is null. */
static void json_value(json_writer *json, double value)
{
    if (isfinite(value))
        fprintf(json->file, "%.17g", value);
    else
        fputs("null", json->file);
}

void json_number(json_writer *json, const char *key, double value)
{
    json_key(json, key);
    json_value(json, value);
}

void json_whole(json_writer *json, const char *key, int64_t value)
{
    json_key(json, key);
    fprintf(json->file, "%lld", (long long)value);
}

void json_unsigned(json_writer *json, const char *key, uint64_t value)
{
    json_key(json, key);
    fprintf(json->file, "%llu", (unsigned long long)value);
}

void json_string(json_writer *json, const char *text)
{
    char *plain = plain_text(text);
    fputc('"', json->file);
    for (const char *c = plain; c != NULL && *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            fputc('\\', json->file);
        fputc(*c, json->file);
    }
    fputc('"', json->file);
    free(plain);
}

void json_text(json_writer *json, const char *key, const char *text)
{
    json_key(json, key);
    json_string(json, text);
}

void json_boolean(json_writer *json, const char *key, bool value)
{
    json_key(json, key);
    fputs(value ? "true" : "false", json->file);
}

void json_null(json_writer *json, const char *key)
{
    json_key(json, key);
    fputs("null", json->file);
}

static void json_row(json_writer *json, const double *values, int64_t count)
{
    fputc('[', json->file);
    for (int64_t i = 0; i < count; i++) {
        if (i > 0)
            fputs(", ", json->file);
        json_value(json, values[i]);
    }
    fputc(']', json->file);
}

void json_array(json_writer *json, const char *key, const double *values, int64_t count)
{
    json_key(json, key);
    json_row(json, values, count);
}

void json_matrix(json_writer *json, const char *key, const double *values, int64_t rows,
                 int64_t cols)
{
    json_key(json, key);
    fputc('[', json->file);
    for (int64_t i = 0; i < rows; i++) {
        if (i > 0)
            fputs(", ", json->file);
        json_row(json, values + i * cols, cols);
    }
    fputc(']', json->file);
}

void json_wholes(json_writer *json, const char *key, const int64_t *values, int64_t count)
{
    json_key(json, key);
    fputc('[', json->file);
    for (int64_t i = 0; i < count; i++)
        fprintf(json->file, "%s%lld", i > 0 ? ", " : "", (long long)values[i]);
    fputc(']', json->file);
}

void json_run(json_writer *json, const char *command)
{
    json_text(json, "version", libnc_version());
    json_text(json, "command", command);
}

void json_end(json_writer *json)
{
    fputs(json->started ? "}\n" : "{}\n", json->file);
}
