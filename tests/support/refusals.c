/* SPDX-License-Identifier: MIT
 *
 * refusals.c: the two worlds that refused calls must leave alone, and the list of what was tried.
 */
#include "support/refusals.h"

#include "base/base.h"
#include "support/interface.h"

world home, abroad;
world *w = &home;
refused_output out;

enum { UNTOUCHED = 0xa7, MOST_TRIED = 4096 };

typedef struct attempt {
    char function[LONGEST_NAME];
    const char *argument;
} attempt;

static attempt tried[MOST_TRIED];
static int tried_count;

static void name_of_call(char name[LONGEST_NAME], const char *call)
{
    size_t length = strcspn(call, "(");
    ck_assert_uint_lt(length, LONGEST_NAME);
    memcpy(name, call, length);
    name[length] = '\0';
}

void note_argument(const char *call, const char *argument)
{
    ck_assert_int_lt(tried_count, MOST_TRIED);
    name_of_call(tried[tried_count].function, call);
    tried[tried_count++].argument = argument;
}

bool was_tried(const char *name, const char *argument)
{
    for (int i = 0; i < tried_count; i++)
        if (strcmp(tried[i].function, name) == 0 && strcmp(tried[i].argument, argument) == 0)
            return true;
    return false;
}

static bool is_of_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

bool has_word(const char *text, const char *word)
{
    for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
        if ((at == text || !is_of_word(at[-1])) && !is_of_word(at[strlen(word)]))
            return true;
    return false;
}

static record before_call;
static int64_t live_before, bytes_before;

void before_refusal(void)
{
    memset(&out, UNTOUCHED, sizeof out);
    world_record(w, &before_call);
    live_before = w->memory.live;
    bytes_before = w->memory.live_bytes;
    w->context->error[0] = '\0';
    abroad.context->error[0] = '\0';
}

void after_refusal(const char *call, libnc_status status, libnc_status code)
{
    static record seen;
    size_t i = 0;
    ck_assert_msg(status == code, "%s: status %d instead of %d: %s", call, (int)status, (int)code,
                  libnc_context_error(w->context));
    while (i < sizeof out && out.bytes[i] == UNTOUCHED)
        i++;
    ck_assert_msg(i == sizeof out, "%s: wrote an output", call);
    ck_assert_msg(w->memory.live == live_before && w->memory.live_bytes == bytes_before,
                  "%s: kept memory", call);
    world_record(w, &seen);
    ck_assert_same_record(&seen, &before_call, call);
}

void after_refusal_with(const char *word, const char *call, libnc_status status, libnc_status code)
{
    const char *text = libnc_context_error(w->context);
    ck_assert_msg(status != code || has_word(text, word), "%s: \"%s\" does not name %s", call, text,
                  word);
    after_refusal(call, status, code);
}
