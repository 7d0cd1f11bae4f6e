/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* struct winsize */
#include "terminal.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "words.h"

enum { USUAL_WIDTH = 80, LEAST_WIDTH = 20 };

/* What the shell says of a terminal that does not know. */
static int told_width(void)
{
    const char *text = getenv("COLUMNS"), *end;
    int64_t width = 0;
    const bool told = text != NULL && read_whole(text, &end, &width) && *end == '\0';
    return told && width > 0 && width < INT_MAX ? (int)width : USUAL_WIDTH;
}

int terminal_width(int descriptor)
{
    struct winsize window;
    if (!isatty(descriptor))
        return INT_MAX;
    const bool known = ioctl(descriptor, TIOCGWINSZ, &window) == 0 && window.ws_col > 0;
    const int width = known ? window.ws_col : told_width();
    return width < LEAST_WIDTH ? LEAST_WIDTH : width;
}
