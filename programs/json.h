/* SPDX-License-Identifier: MIT
 *
 * json.h: one JSON object of keys in the order of the calls, which is all that --json prints.
 */
#ifndef PROGRAMS_JSON_H
#define PROGRAMS_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct json_writer {
    FILE *file;
    bool started;
} json_writer;

void json_key(json_writer *json, const char *key);

void json_number(json_writer *json, const char *key, double value);

void json_whole(json_writer *json, const char *key, int64_t value);

void json_unsigned(json_writer *json, const char *key, uint64_t value);

/* A string; what would not be plain text is escaped as in messages. */
void json_string(json_writer *json, const char *text);

void json_text(json_writer *json, const char *key, const char *text);

void json_boolean(json_writer *json, const char *key, bool value);

void json_null(json_writer *json, const char *key);

void json_array(json_writer *json, const char *key, const double *values, int64_t count);

void json_matrix(json_writer *json, const char *key, const double *values, int64_t rows,
                 int64_t cols);

void json_wholes(json_writer *json, const char *key, const int64_t *values, int64_t count);

/* The keys "version" and "command". */
void json_run(json_writer *json, const char *command);

void json_end(json_writer *json);

#endif
