/* SPDX-License-Identifier: MIT */
/**
 * @file options.h
 * @brief Options: typed, numbered and named settings of a handle, with bounds that can be asked.
 *
 * A handle that has settings lends its table, for example libnc_optimizer_options(). The table
 * belongs to the handle and lives as long. Keys are the enums of the handle's header, names are for
 * programs, configuration files and other languages. A value outside its bounds is refused with
 * LIBNC_ERROR_ARGUMENT and a text such as
 * "momentum = 1: must be from 0 to below 1"; the old value then stays.
 */
#ifndef LIBNC_OPTIONS_H
#define LIBNC_OPTIONS_H

#include <libnc/context.h>

LIBNC_BEGIN

/** @brief A table of settings, owned by the handle that lends it. @since 0.1 */
typedef struct libnc_options libnc_options;

/** @brief Types of an option. Append-only. @since 0.1 */
enum libnc_option_type {
    LIBNC_OPTION_INT64 = 1,  /**< A whole number. */
    LIBNC_OPTION_DOUBLE = 2, /**< A real number, finite unless its bounds include infinity. */
    LIBNC_OPTION_CHOICE = 3  /**< A whole number with a name and a public
                                enumerator for each value. */
};

/**
 * @brief Sets an INT64 or CHOICE option.
 * @param[in] options the table; NULL is LIBNC_ERROR_ARGUMENT.
 * @param[in] key a key of the handle's header.
 * @param[in] value within the option's bounds.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT (unknown key, wrong type, out of bounds).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_options_set_int64(libnc_options *options, int32_t key,
                                                   int64_t value);

/** @brief Sets a DOUBLE option; as libnc_options_set_int64(). NaN is refused. @since 0.1 */
LIBNC_CHECKED libnc_status libnc_options_set_double(libnc_options *options, int32_t key,
                                                    double value);

/**
 * @brief Sets an option of any type by name from text: a number in the C locale's notation, or a
 * choice's name.
 * @param[in] options the table.
 * @param[in] name for example "learning_rate"; '-' and '_' are the same.
 * @param[in] text for example "0.1"; nothing may follow the number.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT (unknown name, no number, out of bounds).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_options_set_text(libnc_options *options, const char *name,
                                                  const char *text);

/**
 * @brief The value of an INT64 or CHOICE option.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT (NULL, unknown key, wrong type).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_options_get_int64(const libnc_options *options, int32_t key,
                                                   int64_t *value);

/** @brief The value of a DOUBLE option; as libnc_options_get_int64(). @since 0.1 */
LIBNC_CHECKED libnc_status libnc_options_get_double(const libnc_options *options, int32_t key,
                                                    double *value);

/** @brief The number of options in a table; 0 for NULL. @since 0.1 */
LIBNC_API int32_t libnc_options_count(const libnc_options *options);

/**
 * @brief Describes one option; any output may be NULL.
 * @param[in] options the table.
 * @param[in] index 0 .. libnc_options_count() - 1.
 * @param[out] key its key.
 * @param[out] name its name; static.
 * @param[out] type @ref libnc_option_type.
 * @param[out] help one line; static.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_options_describe(const libnc_options *options, int32_t index,
                                                  int32_t *key, const char **name, int32_t *type,
                                                  const char **help);

/**
 * @brief What an option may be, and what it is at first; any output may be NULL.
 * @param[in] options the table.
 * @param[in] key a key of the handle's header.
 * @param[out] minimum,maximum its bounds, both included.
 * @param[out] initial its default.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT (NULL, unknown key).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_options_bounds(const libnc_options *options, int32_t key,
                                                double *minimum, double *maximum, double *initial);

/**
 * @brief The name of one value of a CHOICE option.
 * @return a static string, or NULL where there is none.
 * @since 0.1
 */
LIBNC_API const char *libnc_options_choice(const libnc_options *options, int32_t key,
                                           int64_t value);

LIBNC_END

#endif
