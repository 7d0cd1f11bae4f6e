/* SPDX-License-Identifier: MIT
 *
 * array.c: the allocations of the functions of libnc/array.h and file.h.
 */
#include "faults/files.h"
#include "faults/tables.h"

static void prepare_npy_file(world *w)
{
    array_file(w, LIBNC_ARRAY_NPY, 0, 0);
}

static void prepare_safetensors_file(world *w)
{
    array_file(w, LIBNC_ARRAY_SAFETENSORS, 0, 0);
}

static void prepare_idx_file(world *w)
{
    (void)w;
    write_idx("wb9");
    strcpy(array_path, idx_paths[0]);
    remove(idx_paths[1]);
}

static void prepare_cifar_file(world *w)
{
    (void)w;
    strcpy(array_path, "/tmp/libnc_faults_XXXXXX");
    int file = mkstemp(array_path);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(ftruncate(file, 2 * 3073), 0);
    close(file);
}

static libnc_status call_array_open(world *w)
{
    return libnc_array_open(&made.array, w->context, array_path, NULL);
}

static libnc_status call_array_open_member(world *w)
{
    return libnc_array_open(&made.array, w->context, array_path, "b");
}

static libnc_status call_array_select(world *w)
{
    (void)w;
    return libnc_array_select(opened[0], "c");
}

static void follow_select(world *w, record *r)
{
    double labels[3];
    must(libnc_array_read(opened[0], 0, 3, LIBNC_FLOAT64, labels, 3));
    record_bytes(r, labels, sizeof labels);
    follow_array(w, r);
}

static void prepare_path(world *w)
{
    prepare_cifar_file(w);
}

static libnc_status call_writer_create(world *w)
{
    return libnc_array_writer_create(&made.writer, w->context, array_path, LIBNC_ARRAY_NPZ);
}

static void prepare_writer(world *w)
{
    array_begin(w, LIBNC_ARRAY_NPZ, 6, 0);
}

static const double array_values[6] = {1, 2, 3, 4, 5, 6};

static void prepare_writer_begun(world *w)
{
    array_begin(w, LIBNC_ARRAY_SAFETENSORS, 0, 0);
    must(libnc_array_writer_begin(writer, "x", LIBNC_ELEMENT_BFLOAT16, 2, (int64_t[]){-1, 2}));
    must(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, array_values, 3, 6));
}

static libnc_status call_writer_begin(world *w)
{
    (void)w;
    return libnc_array_writer_begin(writer, "x", LIBNC_ELEMENT_FLOAT16, 2, (int64_t[]){3, 2});
}

static libnc_status call_writer_finish(world *w)
{
    (void)w;
    return libnc_array_writer_finish(writer);
}

static void record_file(record *r)
{
    char bytes[8192];
    FILE *file = fopen(array_path, "rb");
    ck_assert_ptr_nonnull(file);
    record_bytes(r, bytes, fread(bytes, 1, sizeof bytes, file));
    fclose(file);
}

static void follow_writer(world *w, record *r)
{
    must(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, array_values, 3, 6));
    must(libnc_array_writer_finish(writer));
    record_file(r);
    follow_array(w, r);
}

static void follow_file(world *w, record *r)
{
    record_file(r);
    follow_array(w, r);
}

static libnc_status call_write_npy(world *w)
{
    return libnc_array_write_npy(w->context, array_path, LIBNC_ELEMENT_FLOAT64, array_values, 3, 2);
}

static libnc_status call_file_write(world *w)
{
    return libnc_file_write(w->context, array_path, array_values, sizeof array_values);
}

static const fault_case cases[] = {
    {"libnc_array_open", "npy", .call = call_array_open, .prepare = prepare_npy_file,
     .follow = follow_array},
    {"libnc_array_open", "npz", .call = call_array_open_member, .prepare = prepare_npz_file,
     .follow = follow_array},
    {"libnc_array_open", "safetensors", .call = call_array_open_member,
     .prepare = prepare_safetensors_file, .follow = follow_array},
    {"libnc_array_open", "idx", .call = call_array_open, .prepare = prepare_idx_file,
     .follow = follow_array},
    {"libnc_array_open", "cifar", .call = call_array_open, .prepare = prepare_cifar_file,
     .follow = follow_array},
    {"libnc_array_select", .call = call_array_select, .prepare = prepare_opened,
     .follow = follow_select},
    {"libnc_array_writer_create", .call = call_writer_create, .prepare = prepare_path,
     .follow = follow_array},
    {"libnc_array_writer_begin", .call = call_writer_begin, .prepare = prepare_writer,
     .follow = follow_writer, .keeps = true},
    {"libnc_array_writer_finish", .call = call_writer_finish, .prepare = prepare_writer_begun,
     .follow = follow_file},
    {"libnc_array_write_npy", .call = call_write_npy, .prepare = prepare_path,
     .follow = follow_file},
    {"libnc_file_write", .call = call_file_write, .prepare = prepare_path, .follow = follow_file},
};

static char read_path[64];

static void before_steady(world *w)
{
    prepare_opened(w);
    strcpy(read_path, array_path);
    prepare_writer(w);
    must(call_writer_begin(w));
}

static void after_steady(world *w)
{
    static record unused;
    unused.size = 0;
    follow_array(w, &unused);
    remove(read_path);
}

static void steady(world *w)
{
    double values[6];
    int64_t whole[3];
    GETTER(libnc_element_name(1));
    GETTER(libnc_element_size(1));
    STEADY(libnc_array_read(opened[0], 0, 3, LIBNC_FLOAT64, values, 6));
    STEADY(libnc_array_read_integers(opened[1], 0, 3, LIBNC_ELEMENT_INT64, whole, 3));
    STEADY(libnc_array_set_element(opened[0], LIBNC_ELEMENT_UINT32));
    GETTER(libnc_array_member_count(opened[0]));
    GETTER(libnc_array_member_name(opened[0], 0));
    GETTER(libnc_array_format(opened[0]));
    GETTER(libnc_array_name(opened[0]));
    GETTER(libnc_array_rows(opened[0]));
    GETTER(libnc_array_cols(opened[0]));
    GETTER(libnc_array_dimensions(opened[0]));
    GETTER(libnc_array_dimension(opened[0], 0));
    GETTER(libnc_array_element(opened[0]));
    GETTER(libnc_array_view(opened[0]));
    GETTER(libnc_array_writer_options(writer));
    STEADY(libnc_array_writer_append(writer, LIBNC_ELEMENT_FLOAT64, values, 3, 6));
}

const fault_table array_faults = {"array",
                                  .cases = cases,
                                  .count = FAULT_CASES(cases),
                                  .steady = steady,
                                  .before_steady = before_steady,
                                  .after_steady = after_steady};
