/* SPDX-License-Identifier: MIT */
#include "report_page.h"

#include <math.h> /* isnan: a macro */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gnuplot.h"
#include "output.h"
#include "words.h"

/* What the page has so far, as HTML; memory streams, NULL until something is there. */
struct report_page {
    FILE *figures, *tables;
    char *figure_text, *table_text, *words;
    size_t figure_size, table_size;
    FILE *caught; /* what is printed for the page, and where standard output was */
    int standard_output;
    int figure_count;
};

static report_page *page_of(const program *self)
{
    if (self->pending->page == NULL)
        self->pending->page = allocate(self, 1, sizeof *self->pending->page);
    return self->pending->page;
}

static FILE *part(const program *self, FILE **file, char **text, size_t *size)
{
    if (*file == NULL)
        *file = open_memstream(text, size);
    if (*file == NULL)
        stop(self, EXIT_FAILURE, "%s: out of memory", PAGE_NAME);
    return *file;
}

/* ---- text ---- */

static void write_escaped(FILE *file, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        switch (text[i]) {
        case '&': fputs("&amp;", file); break;
        case '<': fputs("&lt;", file); break;
        case '>': fputs("&gt;", file); break;
        case '"': fputs("&quot;", file); break;
        default: fputc(text[i], file);
        }
}

static void write_text(FILE *file, const char *text)
{
    write_escaped(file, text, strlen(text));
}

/* ---- what the program prints ---- */

void page_begin_words(const program *self)
{
    report_page *page = page_of(self);
    fflush(stdout);
    page->caught = tmpfile();
    page->standard_output = page->caught != NULL ? dup(STDOUT_FILENO) : -1;
    if (page->standard_output >= 0)
        dup2(fileno(page->caught), STDOUT_FILENO);
}

static char *whole_text(const program *self, FILE *file)
{
    const long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : 0;
    char *text = allocate(self, size > 0 ? (size_t)size + 1 : 1, 1);
    rewind(file);
    text[fread(text, 1, size > 0 ? (size_t)size : 0, file)] = '\0';
    return text;
}

void page_end_words(const program *self)
{
    report_page *page = page_of(self);
    fflush(stdout);
    if (page->standard_output >= 0) {
        dup2(page->standard_output, STDOUT_FILENO);
        close(page->standard_output);
        page->words = whole_text(self, page->caught);
    }
    if (page->caught != NULL)
        fclose(page->caught);
}

/* ---- figures ---- */

static const struct {
    const char *name, *words;
} captions[] = {
    {"accuracy", "Accuracy of each class over its samples"},
    {"cosines", "Cosines of all pairs of classes"},
    {"curves", "Minority classifier rows over the imbalance ratio"},
    {"diagram", "Minority classifier rows over weight decay and imbalance ratio"},
    {"diagram_not_predicted", "Classes that are not predicted"},
    {"diagram_rank", "Rank of the logits"},
    {"epochs", "Objective and metrics of every head layer during training"},
    {"grams", "Cosines of classifier rows and of class means"},
    {"lengths", "Lengths of class means and of classifier rows over class counts"},
    {"metrics", "Distances from collapse and from the prediction during training"},
    {"norms", "Lengths of class means and of classifier rows over class counts"},
    {"oversampling", "Minority samples taken more often"},
    {"spectrum", "Eigenvalues of the covariances between and within classes"},
    {"sweep", "The optimum over the parameter"},
};

/* The caption of a figure file, or its name. */
static const char *caption_of(const char *name)
{
    const size_t length = strcspn(name, ".");
    for (size_t i = 0; i < sizeof captions / sizeof *captions; i++)
        if (strlen(captions[i].name) == length && strncmp(name, captions[i].name, length) == 0)
            return captions[i].words;
    return name;
}

/* Where gnuplot names a part of a figure, or refers to it. */
static size_t name_ahead(const char *text)
{
    static const char *const before[] = {" id=\"", " id='", "href=\"#", "href='#", "url(#"};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        if (strncmp(text, before[i], strlen(before[i])) == 0)
            return strlen(before[i]);
    return 0;
}

/* Its width in pixels; half of that leaves its words legible on a phone. */
static int width_of(const char *text)
{
    const char *at = strstr(text, "width=\"");
    return at != NULL ? atoi(at + strlen("width=\"")) : 0;
}

/* The svg element alone; names get the figure's number, because a page has each name once. */
static void write_svg(FILE *file, const char *text, int number)
{
    const char *at = strstr(text, "<svg");
    while (at != NULL && *at != '\0') {
        const size_t length = name_ahead(at);
        fprintf(file, "%.*s", length > 0 ? (int)length : 1, at);
        if (length > 0)
            fprintf(file, "f%d-", number);
        at += length > 0 ? length : 1;
    }
}

static void write_base64(FILE *file, const char *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        unsigned long group = 0;
        for (size_t j = 0; j < 3; j++)
            group = group << 8 | (i + j < size ? (unsigned char)bytes[i + j] : 0);
        for (size_t j = 0; j < 4; j++)
            fputc(i + j <= size ? digits[group >> (18 - 6 * j) & 63] : '=', file);
    }
}

static void add_figure(const program *self, const char *name, const char *text, size_t size)
{
    report_page *page = page_of(self);
    FILE *file = part(self, &page->figures, &page->figure_text, &page->figure_size);
    fputs("<figure>\n", file);
    if (strcmp(strchr(name, '.'), ".svg") == 0) {
        fprintf(file, "<div style=\"min-width: %dpx; max-width: %dpx\">", width_of(text) / 2,
                width_of(text));
        write_svg(file, text, ++page->figure_count);
        fputs("</div>\n", file);
    } else {
        fprintf(file, "<img alt=\"%s\" src=\"data:image/png;base64,", caption_of(name));
        write_base64(file, text, size);
        fputs("\">", file);
    }
    fprintf(file, "<figcaption>%s</figcaption>\n</figure>\n", caption_of(name));
}

/* ---- tables ---- */

enum { MOST_ROWS = 40 };

/* A number in six digits, a dash for what is undefined; whole numbers and words as they are. */
static void write_cell(FILE *file, const char *text, size_t length, const char *element)
{
    char cell[64], *end = cell;
    snprintf(cell, sizeof cell, "%.*s", (int)length, text);
    const double value = strtod(cell, &end);
    fprintf(file, "<%s>", element);
    if (length == 0 || length >= sizeof cell || *end != '\0' || *skip_digits(cell) == '\0')
        write_escaped(file, text, length);
    else if (isnan(value))
        fputs("–", file);
    else
        fprintf(file, "%.6g", value);
    fprintf(file, "</%s>", element);
}

static void write_row(FILE *file, const char *line, const char *element)
{
    fputs("<tr>", file);
    for (const char *end; *line != '\n'; line = end + (*end == '\t')) {
        end = line + strcspn(line, "\t\n");
        write_cell(file, line, (size_t)(end - line), element);
    }
    fputs("</tr>\n", file);
}

/* The next line that is a row, or the end of the text; every line ends with a newline. */
static const char *next_row(const char *line)
{
    while (*line == '#' || *line == '\n')
        line += strcspn(line, "\n") + 1;
    return line;
}

/* All rows of a short table, of a long one every so manieth and the last. */
static void write_rows(FILE *file, const char *text, int64_t rows)
{
    const int64_t step = (rows + MOST_ROWS - 1) / MOST_ROWS;
    int64_t row = 0;
    for (const char *line = next_row(text); *line != '\0'; row++) {
        if (row % step == 0 || row + 1 == rows)
            write_row(file, line, "td");
        line = next_row(line + strcspn(line, "\n") + 1);
    }
}

static int64_t count_rows(const char *text)
{
    int64_t rows = 0;
    for (const char *line = next_row(text); *line != '\0'; rows++)
        line = next_row(line + strcspn(line, "\n") + 1);
    return rows;
}

/* Tables begin with the names of their columns and then say where they come from; matrices, which
 * the figures show, with the latter alone. */
static void add_table(const program *self, const char *name, const char *text)
{
    report_page *page = page_of(self);
    const int64_t rows = count_rows(text);
    const char *second = strchr(text, '\n');
    if (second == NULL || strncmp(second, "\n# libnc ", 9) != 0 || rows == 0)
        return;
    FILE *file = part(self, &page->tables, &page->table_text, &page->table_size);
    fprintf(file, "<h3>%s</h3>\n", name);
    if (rows > MOST_ROWS)
        fprintf(file, "<p>Some of its %lld rows.</p>\n", (long long)rows);
    fputs("<div class=\"wide\"><table>\n<thead>", file);
    write_row(file, text + strspn(text, "# "), "th");
    fputs("</thead>\n<tbody>", file);
    write_rows(file, text, rows);
    fputs("</tbody>\n</table></div>\n", file);
}

void page_add(const program *self, const char *name, const char *text, size_t size)
{
    const char *ending = strchr(name, '.');
    if (ending == NULL)
        return;
    if (strcmp(ending, ".tsv") == 0)
        add_table(self, name, text);
    if (strcmp(ending, ".svg") == 0 || strcmp(ending, ".png") == 0)
        add_figure(self, name, text, size);
}

/* ---- the page ---- */

static const char style[] =
    "body { max-width: 62rem; margin: 0 auto; padding: 1rem; color: #111; background: #fff;\n"
    "  font: 1rem/1.5 system-ui, sans-serif }\n"
    "h1 { font-size: 1.5rem } p { overflow-wrap: anywhere } h2 { font-size: 1.2rem; margin-top: "
    "2rem } h3 { font-size: 1rem }\n"
    "pre, code { font-family: ui-monospace, monospace; font-size: 0.8rem }\n"
    "code { overflow-wrap: anywhere }\n"
    "pre, .wide, figure { overflow-x: auto }\n"
    "pre { background: #f5f5f5; padding: 0.7rem }\n"
    "figure { margin: 1.5rem 0 } figcaption { color: #444 }\n"
    "svg, img { width: 100%; height: auto } img { max-width: 47rem; min-width: 24rem }\n"
    "svg text { font-family: Helvetica, Arial, \"Liberation Sans\", sans-serif }\n"
    "table { border-collapse: collapse; font-size: 0.8rem; font-variant-numeric: tabular-nums }\n"
    "th, td { padding: 0.1rem 0.6rem; border-bottom: 1px solid #ddd; text-align: right;\n"
    "  white-space: nowrap }\n"
    "@media print { body { max-width: none } pre { white-space: pre-wrap; font-size: 7pt }\n"
    "  table { font-size: 6pt } th, td { padding: 0 0.2rem; white-space: normal }\n"
    "  figure { break-inside: avoid } }\n";

static void write_head(const program *self, FILE *file)
{
    const char *problem = self->description;
    fprintf(file,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<title>%s</title>\n<style>\n%s</style>\n</head>\n<body>\n<h1>%s</h1>\n<p>",
            self->name, style, self->name);
    if (problem != NULL) {
        write_text(file, problem);
        fputs("</p>\n<p>", file);
    }
    fputs("<code>", file);
    write_text(file, self->command);
    fprintf(file, "</code></p>\n<p>libnc %s</p>\n", libnc_version());
}

static void write_part(FILE *file, const char *title, FILE *stream, char *const *text)
{
    if (stream == NULL || fflush(stream) != 0)
        return;
    fprintf(file, "<h2>%s</h2>\n%s", title, *text);
}

void page_write(const program *self)
{
    report_page *page = page_of(self);
    FILE *file = open_output(self, PAGE_NAME);
    write_head(self, file);
    if (page->words != NULL) {
        fputs("<h2>Result</h2>\n<pre>", file);
        write_text(file, page->words);
        fputs("</pre>\n", file);
    }
    write_part(file, "Figures", page->figures, &page->figure_text);
    if (page->figures == NULL)
        fputs("<h2>Figures</h2>\n<p>None: gnuplot was not there. In the folder of this page "
              "<code>gnuplot " SCRIPT_NAME "</code> draws them.</p>\n",
              file);
    write_part(file, "Tables", page->tables, &page->table_text);
    fputs("</body>\n</html>\n", file);
    close_output(self, file);
}

void page_release(report_page *page)
{
    if (page == NULL)
        return;
    if (page->figures != NULL)
        fclose(page->figures);
    if (page->tables != NULL)
        fclose(page->tables);
    free(page->figure_text);
    free(page->table_text);
    free(page->words);
    free(page);
}
