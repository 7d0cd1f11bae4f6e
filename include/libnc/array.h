/* SPDX-License-Identifier: MIT */
/**
 * @file array.h
 * @brief Arrays in files: features, labels and weights as other programs save them.
 *
 * An array is an opened file of numbers, seen as rows x cols: the first dimension counts rows, the
 * others are flattened (last fastest), so that N samples of any shape are N rows. One dimension is
 * rows x 1, none is 1 x 1. Values are taken as they are stored; nothing is scaled.
 *
 * | format | members | recognised by |
 * |---|---|---|
 * | NumPy .npy, versions 1 to 3 | one | magic |
 * | NumPy .npz (zip, stored or deflate, zip64) | by name, ".npy" may be left out | magic |
 * | safetensors | by name | a JSON header of the announced length |
 * | IDX, plain or gzip | one | magic |
 * | CIFAR-10 and CIFAR-100 binary | "data" (N x 3072) and "labels", or "data", "coarse_labels" and
 * "fine_labels" | a size that is a multiple of 3073 or 3074 bytes, labels in range |
 *
 * The format follows from the content, never from the name. Readers are strict (doc/formats.md
 * lists what is refused), and errors name the file, the byte offset and what was expected; offsets
 * in compressed data count uncompressed bytes unless the text says "compressed". Memory does not
 * depend on the number of rows: files larger than memory are read in pieces.
 *
 * Reads use pread, so that a file which becomes shorter while it is open is LIBNC_ERROR_FILE. Only
 * libnc_array_view() maps the file.
 */
#ifndef LIBNC_ARRAY_H
#define LIBNC_ARRAY_H

#include <libnc/context.h>
#include <libnc/options.h>
#include <libnc/scalar.h>

LIBNC_BEGIN

/** @brief An opened file of numbers. @since 0.2 */
typedef struct libnc_array libnc_array;

/** @brief A file of numbers in the making. @since 0.2 */
typedef struct libnc_array_writer libnc_array_writer;

/** @brief Element types in files and memory. Append-only. @since 0.2 */
enum libnc_element {
    LIBNC_ELEMENT_BOOL = 1,         /**< One byte, 0 or 1. */
    LIBNC_ELEMENT_INT8 = 2,         /**< Signed integer of 8 bits. */
    LIBNC_ELEMENT_INT16 = 3,        /**< Signed integer of 16 bits. */
    LIBNC_ELEMENT_INT32 = 4,        /**< Signed integer of 32 bits. */
    LIBNC_ELEMENT_INT64 = 5,        /**< Signed integer of 64 bits. */
    LIBNC_ELEMENT_UINT8 = 6,        /**< Unsigned integer of 8 bits. */
    LIBNC_ELEMENT_UINT16 = 7,       /**< Unsigned integer of 16 bits. */
    LIBNC_ELEMENT_UINT32 = 8,       /**< Unsigned integer of 32 bits. */
    LIBNC_ELEMENT_UINT64 = 9,       /**< Unsigned integer of 64 bits. */
    LIBNC_ELEMENT_FLOAT8_E4M3 = 10, /**< 4 exponent bits, no infinity, largest value 448. */
    LIBNC_ELEMENT_FLOAT8_E5M2 = 11, /**< 5 exponent bits, as the upper byte of float16. */
    LIBNC_ELEMENT_FLOAT16 = 12,     /**< IEEE 754 binary16. */
    LIBNC_ELEMENT_BFLOAT16 = 13,    /**< The upper half of float32. */
    LIBNC_ELEMENT_FLOAT32 = 14,     /**< float. */
    LIBNC_ELEMENT_FLOAT64 = 15      /**< double. */
};

/** @brief File formats. Append-only. @since 0.2 */
enum libnc_array_file {
    LIBNC_ARRAY_NPY = 1,         /**< NumPy, one array. */
    LIBNC_ARRAY_NPZ = 2,         /**< NumPy, a zip archive of arrays. */
    LIBNC_ARRAY_SAFETENSORS = 3, /**< safetensors. */
    LIBNC_ARRAY_IDX = 4,         /**< IDX, the format of MNIST. */
    LIBNC_ARRAY_CIFAR = 5        /**< CIFAR-10 or CIFAR-100 binary; read only. */
};

/** @brief The most dimensions of an array. @since 0.2 */
#define LIBNC_ARRAY_DIMENSIONS 64

/** @brief A type's name as in NumPy, such as "float32" or "bfloat16"; NULL for no type. @since 0.2
 */
LIBNC_API const char *libnc_element_name(int32_t element);

/** @brief Bytes of an element; 0 for no type. @since 0.2 */
LIBNC_API int32_t libnc_element_size(int32_t element);

/* ---- reading ---- */

/**
 * @brief Opens a file and checks its headers.
 * @param[out] array the new handle; the caller destroys it.
 * @param[in] context the context.
 * @param[in] path a regular file.
 * @param[in] member which array of the file; NULL for the only one. Of a file with several, NULL
 *            chooses none yet: libnc_array_select() then does.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (NULL, or no such member: the text lists some of those
 * that there are); LIBNC_ERROR_FILE (cannot be opened or read, or is no regular file);
 *         LIBNC_ERROR_FORMAT (no known format, or malformed: doc/formats.md; the text names some
 *         formats of other programs);
 *         LIBNC_ERROR_UNSUPPORTED (well-formed, but of a type, compression or rank that is not
 *         read); LIBNC_ERROR_MEMORY.
 * @note O(header). Of CIFAR files the labels are checked; O(N).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_array_open(libnc_array **array, libnc_context *context,
                                            const char *path, const char *member);

/** @brief Closes the file and frees the handle; NULL is fine. @since 0.2 */
LIBNC_API void libnc_array_destroy(libnc_array *array);

/**
 * @brief Chooses a member; rows, type and shape are then its own.
 * @param[in] array the handle. On an error the choice stays as it was.
 * @param[in] member its name; NULL for the only member.
 * @return as libnc_array_open().
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_array_select(libnc_array *array, const char *member);

/** @brief The number of arrays in the file; 0 for NULL. @since 0.2 */
LIBNC_API int64_t libnc_array_member_count(const libnc_array *array);

/**
 * @brief The name of member 0 .. count - 1, in the order of the file, without ".npy"; "" where the
 * format has no names; NULL outside of the range or for NULL. Owned by the handle.
 * @since 0.2
 */
LIBNC_API const char *libnc_array_member_name(const libnc_array *array, int64_t index);

/** @brief @ref libnc_array_file of the file; 0 for NULL. @since 0.2 */
LIBNC_API int32_t libnc_array_format(const libnc_array *array);

/** @brief The name of the chosen member; NULL for NULL or none chosen. @since 0.2 */
LIBNC_API const char *libnc_array_name(const libnc_array *array);

/** @brief Rows of the chosen member; 0 for NULL or none chosen. @since 0.2 */
LIBNC_API int64_t libnc_array_rows(const libnc_array *array);

/** @brief Columns of the chosen member; 0 for NULL or none chosen. @since 0.2 */
LIBNC_API int64_t libnc_array_cols(const libnc_array *array);

/** @brief Dimensions of the chosen member, 0 .. 64; 0 for NULL or none chosen. @since 0.2 */
LIBNC_API int32_t libnc_array_dimensions(const libnc_array *array);

/** @brief The size of dimension 0 .. dimensions - 1; 0 outside of the range. @since 0.2 */
LIBNC_API int64_t libnc_array_dimension(const libnc_array *array, int32_t index);

/**
 * @brief @ref libnc_element of the chosen member; 0 for NULL, none chosen, or bytes whose meaning
 * the file does not tell (NumPy's V1, V2 and f1: libnc_array_set_element()).
 * @since 0.2
 */
LIBNC_API int32_t libnc_array_element(const libnc_array *array);

/**
 * @brief Reads the elements as another type of the same size, for example uint16 or V2 as bfloat16,
 * which NumPy has no name for. Holds until the next libnc_array_select().
 * @param[in] array with a chosen member.
 * @param[in] element @ref libnc_element of the same size as the stored one.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_STATE (no member chosen).
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_array_set_element(libnc_array *array, int32_t element);

/**
 * @brief Reads rows as float64 or float32, rounding to nearest where the type is narrower. NaN and
 * infinity in the file are passed on.
 * @param[in] array with a chosen member.
 * @param[in] begin,count rows begin .. begin + count - 1, within the array; count may be 0.
 * @param[in] scalar @ref libnc_scalar of @p values.
 * @param[out] values count x cols, row-major. After an error of the file it may be partly written.
 * @param[in] size count * cols.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_DIMENSION (size); LIBNC_ERROR_STATE (no
 * member chosen, or elements of unknown meaning); LIBNC_ERROR_FILE; LIBNC_ERROR_FORMAT (corrupt
 *         compressed data, a wrong checksum, a bool that is neither 0 nor 1);
 *         LIBNC_ERROR_NOT_FINITE (a finite value that float32 cannot hold: the text names row and
 *         value); LIBNC_ERROR_MEMORY (compressed data only).
 * @note O(count cols) where the data are not compressed. Compressed data are read forward: a pass
 *       over all rows in order is O(N cols), and going back starts again. Compressed Fortran order
 *       is unpacked once, into an unnamed temporary file. Checksums of zip members are verified
 * when the last row was reached in order.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_array_read(libnc_array *array, int64_t begin, int64_t count,
                                            int32_t scalar, void *values, size_t size);

/**
 * @brief Reads rows as integers, exactly; labels, for example. Floats are accepted where they are
 * whole.
 * @param[in] array with a chosen member.
 * @param[in] begin,count rows, as in libnc_array_read().
 * @param[in] element LIBNC_ELEMENT_INT32 or LIBNC_ELEMENT_INT64, the type of @p values.
 * @param[out] values count x cols, row-major.
 * @param[in] size count * cols.
 * @return as libnc_array_read(); LIBNC_ERROR_FORMAT also for a value that is not whole or does not
 *         fit: the text names row and value.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_array_read_integers(libnc_array *array, int64_t begin,
                                                     int64_t count, int32_t element, void *values,
                                                     size_t size);

/**
 * @brief All rows in place, without a copy: the file is mapped.
 *
 * @warning If the file is made shorter while it is mapped, access raises SIGBUS in the caller.
 * @param[in] array with a chosen member.
 * @return rows x cols elements of type libnc_array_element(), row-major, valid until another member
 *         is selected or the handle is destroyed; NULL where elements are compressed, of foreign
 *         byte order, in Fortran order, not aligned to their size, of unknown meaning, none, or the
 *         file cannot be mapped.
 * @since 0.2
 */
LIBNC_API const void *libnc_array_view(libnc_array *array);

/* ---- writing ---- */

/** @brief In which order a file holds the elements of an array. Append-only. @since 0.3 */
enum libnc_array_order {
    LIBNC_ARRAY_ORDER_C = 0,      /**< Rows one after the other. */
    LIBNC_ARRAY_ORDER_FORTRAN = 1 /**< Columns. */
};

/** @brief In which order a file holds the bytes of an element. Append-only. @since 0.3 */
enum libnc_array_byte_order {
    LIBNC_ARRAY_BYTE_ORDER_LITTLE = 0, /**< The least significant first. */
    LIBNC_ARRAY_BYTE_ORDER_BIG = 1     /**< The most significant first. */
};

/** @brief Option keys of a writer, taken up by libnc_array_writer_begin(). Append-only. @since 0.2
 */
enum libnc_array_writer_option {
    LIBNC_ARRAY_WRITER_OPTION_ORDER = 1, /**< "order": @ref libnc_array_order, "c" (default) or
                                     "fortran"; NumPy formats. */
    LIBNC_ARRAY_WRITER_OPTION_BYTE_ORDER =
        2,                                    /**< "byte_order": @ref libnc_array_byte_order,
                                          "little" (default) or "big"; NumPy formats. IDX is always big, safetensors little. */
    LIBNC_ARRAY_WRITER_OPTION_COMPRESSION = 3 /**< "compression": 0 (default, stored) to 9, level of
                                          deflate; .npz. */
};

/**
 * @brief Starts a file that has its name when libnc_array_writer_finish() has completed it, and not
 * before: written whole or not at all, as libnc_file_write() does (libnc/file.h).
 *
 * After fork() a writer belongs to the parent: in the child it can only be destroyed, which leaves
 * the file alone; other calls are LIBNC_ERROR_STATE.
 * @param[out] writer the new handle; the caller destroys it.
 * @param[in] context the context.
 * @param[in] path the final name; an existing file is replaced at the end, a symbolic link
 * followed, and what is no regular file refused.
 * @param[in] format @ref libnc_array_file, not LIBNC_ARRAY_CIFAR.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_FILE, LIBNC_ERROR_MEMORY.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_array_writer_create(libnc_array_writer **writer,
                                                     libnc_context *context, const char *path,
                                                     int32_t format);

/** @brief Destroys a writer; NULL is fine. What was not finished is removed. @since 0.2 */
LIBNC_API void libnc_array_writer_destroy(libnc_array_writer *writer);

/** @brief The settings, @ref libnc_array_writer_option, owned by it; NULL for NULL. @since 0.2 */
LIBNC_API libnc_options *libnc_array_writer_options(libnc_array_writer *writer);

/**
 * @brief Begins an array; the one before it ends.
 * @param[in] writer the writer.
 * @param[in] name its name, not empty, each once, of at most 1000 bytes of UTF-8; for npy and IDX,
 *            which hold one array, NULL.
 * @param[in] element @ref libnc_element that the file will have: any for safetensors, any but
 *            bfloat16 and float8 for NumPy, UINT8, INT8, INT16, INT32, FLOAT32 or FLOAT64 for IDX.
 * @param[in] dimensions 1 .. 64.
 * @param[in] shape @p dimensions sizes >= 0 (IDX: 1 .. 2^31 - 1); shape[0] = -1 for as many rows as
 *            will be appended.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_DIMENSION (the array before it has too few
 *         rows); LIBNC_ERROR_STATE (finished or broken, or a second array where the format has
 * one); LIBNC_ERROR_FILE; LIBNC_ERROR_MEMORY. After an error of the file the writer is broken:
 *         every call is LIBNC_ERROR_STATE.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_array_writer_begin(libnc_array_writer *writer, const char *name,
                                                    int32_t element, int32_t dimensions,
                                                    const int64_t *shape);

/**
 * @brief Appends rows, converted to the array's type.
 *
 * Floats are rounded to nearest; NaN and infinity are kept where the type has them. A finite value
 * that would become infinite, and for integer types one that is not whole or does not fit, is
 * LIBNC_ERROR_ARGUMENT, the text names row and value, and nothing of the call is written.
 * @param[in] writer with an array begun.
 * @param[in] element type of @p values: LIBNC_ELEMENT_FLOAT64, FLOAT32, INT64 or INT32.
 * @param[in] values count x cols, row-major.
 * @param[in] count rows >= 0. In Fortran order all rows must come in one call.
 * @param[in] size count * cols, cols being the product of the dimensions but the first.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_DIMENSION (size, or more rows than shape[0]);
 *         LIBNC_ERROR_STATE; LIBNC_ERROR_FILE; LIBNC_ERROR_MEMORY.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_array_writer_append(libnc_array_writer *writer, int32_t element,
                                                     const void *values, int64_t count,
                                                     size_t size);

/**
 * @brief Completes the file, flushes it to the disk and gives it its final name.
 * @param[in] writer the writer; after this it can only be destroyed.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_DIMENSION (rows are missing);
 * LIBNC_ERROR_STATE (npy or IDX without an array, finished or broken); LIBNC_ERROR_FILE;
 * LIBNC_ERROR_MEMORY.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_array_writer_finish(libnc_array_writer *writer);

/**
 * @brief Writes a matrix as .npy in one call: C order, little-endian, with the type that it has.
 * @param[in] context the context.
 * @param[in] path the file name.
 * @param[in] element type of @p values: LIBNC_ELEMENT_FLOAT64, FLOAT32, INT64 or INT32.
 * @param[in] values rows x cols, row-major.
 * @param[in] rows,cols at least 0.
 * @return as the writer's functions.
 * @since 0.2
 */
LIBNC_CHECKED libnc_status libnc_array_write_npy(libnc_context *context, const char *path,
                                                 int32_t element, const void *values, int64_t rows,
                                                 int64_t cols);

LIBNC_END

#endif
