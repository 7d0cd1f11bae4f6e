/* SPDX-License-Identifier: MIT */
/**
 * @file model.h
 * @brief Models: features, and a head of M linear layers with an optional last bias.
 *
 * Features are either free variables, one row per sample (the unconstrained features model, Dang et
 * al. 2023), or the output of a backbone (backbone.h, network.h) on data, or come from outside to a
 * head alone. The head maps features to K logits: z = W_M ... W_1 h + b. In memory features are
 * rows (N x d_1) and weights are (out x in), both row-major.
 *
 * Parameters have an index and a name: "features" (free features only), "backbone.1.weight",
 * "backbone.1.bias", ..., "head.1.weight", ..., "head.M.weight", "head.bias"; those of a network's
 * nodes that have a name are called by it (network.h). Shapes are fixed when the model is created.
 */
#ifndef LIBNC_MODEL_H
#define LIBNC_MODEL_H

#include <libnc/backbone.h>
#include <libnc/classes.h>
#include <libnc/dataset.h>
#include <libnc/network.h>
#include <libnc/scalar.h>

LIBNC_BEGIN

/** @brief Features and a linear head; see model.h. @since 0.1 */
typedef struct libnc_model libnc_model;

/** @brief Initialisation schemes. Append-only. @since 0.1 */
enum libnc_initialisation {
    /** Weights and free features are N(0, scale^2). */
    LIBNC_INITIALISE_GAUSSIAN = 1,
    /** Each weight matrix, and the d_1 x N matrix of free features, is scale times a uniformly
     * random matrix with orthonormal rows or columns, whichever are fewer. */
    LIBNC_INITIALISE_ORTHOGONAL = 2,
    /** Weights are N(0, scale^2 g / fan_in), g = 2 before a ReLU, directly or behind batch norm and
     * sums, and 1 elsewhere (He et al. 2015); free features are N(0, scale^2). */
    LIBNC_INITIALISE_KAIMING = 3
};

/**
 * @brief Creates a model with free features: N = sum n_k rows in class order.
 *
 * All parameters start at zero, which is a stationary point: initialise before training.
 * @param[out] model the new model; the caller destroys it.
 * @param[in] context the context.
 * @param[in] scalar @ref libnc_scalar.
 * @param[in] classes gives K, n_k and the order of the rows.
 * @param[in] depth M, 1 .. 1000.
 * @param[in] widths M numbers >= 1: widths[j-1] = d_j, the inputs of head layer j.
 * @param[in] bias 1 for a bias in the last layer, 0 for none.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_MEMORY (a dimension over 2^31 - 1, or a
 *         product that overflows, included).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_model_create_free(libnc_model **model, libnc_context *context,
                                                   int32_t scalar, const libnc_classes *classes,
                                                   int32_t depth, const int64_t *widths,
                                                   int32_t bias);

/**
 * @brief Creates a model whose features are the output of a backbone on data.
 * @param[out] model the new model; the caller destroys it.
 * @param[in] backbone its shape, read now; the model is of its context.
 * @param[in] scalar @ref libnc_scalar.
 * @param[in] class_count K >= 1.
 * @param[in] depth M, 1 .. 1000.
 * @param[in] widths M numbers: widths[0] must be libnc_backbone_outputs().
 * @param[in] bias 1 for a bias in the last layer of the head, 0 for none.
 * @return as libnc_model_create_free(), and LIBNC_ERROR_DIMENSION if widths[0] does not fit.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_model_create_backbone(libnc_model **model,
                                                       const libnc_backbone *backbone,
                                                       int32_t scalar, int64_t class_count,
                                                       int32_t depth, const int64_t *widths,
                                                       int32_t bias);

/**
 * @brief Creates a head alone, for features from any network (libnc_trainer_create_head()).
 *
 * It is a model with a backbone of no layers: inputs are features, and the rows of a dataset serve
 * as fixed ones.
 * @param[out] model the new model; the caller destroys it.
 * @param[in] context the context.
 * @param[in] scalar @ref libnc_scalar.
 * @param[in] class_count K >= 1.
 * @param[in] depth M, 1 .. 1000.
 * @param[in] widths M numbers >= 1: widths[j-1] = d_j, the inputs of head layer j; d_1 values a
 *            feature.
 * @param[in] bias 1 for a bias in the last layer, 0 for none.
 * @return as libnc_model_create_free().
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_model_create_head(libnc_model **model, libnc_context *context,
                                                   int32_t scalar, int64_t class_count,
                                                   int32_t depth, const int64_t *widths,
                                                   int32_t bias);

/**
 * @brief Creates a model whose features are the output of a network on data.
 *
 * A convolution's weight has a row for each output and a column for each of (input, row, column of
 * the kernel); other shapes are in network.h.
 * @param[out] model the new model; the caller destroys it.
 * @param[in] network its shape, read now; the model is of its context.
 * @param[in] scalar @ref libnc_scalar.
 * @param[in] class_count K >= 1.
 * @param[in] depth M, 1 .. 1000.
 * @param[in] widths M numbers: widths[0] must be libnc_network_outputs().
 * @param[in] bias 1 for a bias in the last layer of the head, 0 for none.
 * @return as libnc_model_create_backbone(), and LIBNC_ERROR_ARGUMENT for a node that is neither the
 *         last nor the input of another.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_model_create_network(libnc_model **model,
                                                      const libnc_network *network, int32_t scalar,
                                                      int64_t class_count, int32_t depth,
                                                      const int64_t *widths, int32_t bias);

/** @brief Destroys a model; NULL is fine. @since 0.1 */
LIBNC_API void libnc_model_destroy(libnc_model *model);

/**
 * @brief Sets every parameter from a seed; biases become 0, weights of batch norm 1, and its
 * running statistics mean 0 and variance 1.
 *
 * Parameter i uses child stream i of the seed (random.h): its values do not depend on the scalar
 * type (but for rounding) nor on other shapes.
 * @param[in] model the model.
 * @param[in] scheme @ref libnc_initialisation.
 * @param[in] scale > 0, finite.
 * @param[in] seed any value.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_MEMORY, LIBNC_ERROR_NUMERICAL.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_model_initialise(libnc_model *model, int32_t scheme, double scale,
                                                  uint64_t seed);

/** @brief K; 0 for NULL. @since 0.1 */
LIBNC_API int64_t libnc_model_classes(const libnc_model *model);

/** @brief M, the number of head layers; 0 for NULL. @since 0.1 */
LIBNC_API int32_t libnc_model_depth(const libnc_model *model);

/** @brief d_j, the inputs of head layer j = 1 .. M; K for j = M + 1; 0 otherwise. @since 0.1 */
LIBNC_API int64_t libnc_model_width(const libnc_model *model, int32_t layer);

/** @brief N for free features, 0 for a backbone or NULL. @since 0.1 */
LIBNC_API int64_t libnc_model_samples(const libnc_model *model);

/** @brief p, values per input of a backbone; 0 for free features or NULL. @since 0.1 */
LIBNC_API int64_t libnc_model_inputs(const libnc_model *model);

/** @brief 1 if the head has a bias; 0 otherwise. @since 0.1 */
LIBNC_API int32_t libnc_model_has_bias(const libnc_model *model);

/** @brief @ref libnc_scalar; 0 for NULL. @since 0.1 */
LIBNC_API int32_t libnc_model_scalar(const libnc_model *model);

/** @brief The labels of free features (N, class order), owned by the model; else NULL. @since 0.1
 */
LIBNC_API const int32_t *libnc_model_labels(const libnc_model *model);

/** @brief The number of parameters; 0 for NULL. @since 0.1 */
LIBNC_API int32_t libnc_model_parameter_count(const libnc_model *model);

/**
 * @brief Name and shape of a parameter; any output may be NULL.
 * @param[in] model the model.
 * @param[in] index 0 .. libnc_model_parameter_count() - 1.
 * @param[out] name owned by the model.
 * @param[out] rows,cols shape; a bias is 1 x width.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_model_parameter_info(const libnc_model *model, int32_t index,
                                                      const char **name, int64_t *rows,
                                                      int64_t *cols);

/**
 * @brief The index of a named parameter.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT (no parameter of that name).
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_model_parameter_index(const libnc_model *model, const char *name,
                                                       int32_t *index);

/**
 * @brief A view of a parameter's values for reading and writing, in the model's scalar type.
 *
 * The address stays the same for the model's life. Training with the exact reduction keeps the
 * free features elsewhere while it runs: before reading the "features" through it again, call
 * libnc_trainer_sync(); before writing, ask for the view again.
 * @param[in] model the model.
 * @param[in] index the parameter.
 * @param[out] data rows x cols, row-major, owned by the model.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_model_parameter_view(libnc_model *model, int32_t index,
                                                      void **data);

/**
 * @brief Copies a parameter out, as double.
 * @param[in] model the model.
 * @param[in] index the parameter.
 * @param[out] values @p size values, row-major.
 * @param[in] size must be rows x cols.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_model_get_parameter(libnc_model *model, int32_t index,
                                                     double *values, size_t size);

/**
 * @brief Copies a parameter in, from double; values must be finite (in the model's scalar type).
 * @return as libnc_model_get_parameter(), and LIBNC_ERROR_NOT_FINITE.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_model_set_parameter(libnc_model *model, int32_t index,
                                                     const double *values, size_t size);

/* ---- running statistics ---- */

/** @brief The number of states: running means and variances of batch norm, which are saved with the
 * model and not trained; 0 for NULL. @since 0.3 */
LIBNC_API int32_t libnc_model_state_count(const libnc_model *model);

/**
 * @brief Name and size of a state; any output may be NULL.
 * @param[in] model the model.
 * @param[in] index 0 .. libnc_model_state_count() - 1.
 * @param[out] name owned by the model: that of the node with ".running_mean" or ".running_var".
 * @param[out] size channels.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_model_state_info(const libnc_model *model, int32_t index,
                                                  const char **name, int64_t *size);

/**
 * @brief A view of a state's values for reading and writing, in the model's scalar type.
 * @param[in] model the model.
 * @param[in] index the state.
 * @param[out] data its values, owned by the model; the address stays the same for the model's life.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_model_state_view(libnc_model *model, int32_t index, void **data);

/**
 * @brief Sets the running statistics of batch norm from data: means over batches that pass as in
 * training, in a fixed random order, weighted by their samples.
 *
 * Training lets them follow with a delay; for measurements in its midst, settle first.
 * @param[in] model a model with a backbone; without batch norm nothing happens.
 * @param[in] dataset inputs of the backbone, at least 2.
 * @param[in] batch samples at a time, >= 2; they are shared into batches of almost the same size.
 *            As many as there are give the statistics of the data at once.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_DIMENSION; LIBNC_ERROR_UNSUPPORTED (free
 *         features, or one sample); LIBNC_ERROR_MEMORY.
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_model_settle(libnc_model *model, const libnc_dataset *dataset,
                                              int64_t batch);

/**
 * @brief Forward pass: the features before a head layer, or the logits. Batch norm takes its
 * running statistics.
 *
 * Layer j = 1 .. M gives W_{j-1} ... W_1 h (N x d_j); layer M + 1 gives the logits with bias
 * (N x K).
 * @param[in] model the model.
 * @param[in] dataset the inputs of a backbone (its width must be p; either scalar type); must be
 *            NULL for free features.
 * @param[in] layer 1 .. M + 1.
 * @param[out] out @p size values, row-major, as double; infinite or NaN where a product overflows
 *             the model's scalar type.
 * @param[in] size must be N times the width of @p layer.
 * @return LIBNC_OK, LIBNC_ERROR_ARGUMENT, LIBNC_ERROR_DIMENSION, LIBNC_ERROR_MEMORY.
 * @since 0.1
 */
LIBNC_CHECKED libnc_status libnc_model_evaluate(libnc_model *model, const libnc_dataset *dataset,
                                                int32_t layer, double *out, size_t size);

/* ---- files ---- */

/**
 * @brief Writes a model to a file: shapes, class counts of free features, and all values.
 *
 * The file is written whole or not at all, with a version and checksums (doc/formats.md, "Models
 * and checkpoints"), and holds every value exactly. Other programs read libnc_model_export()'s.
 * @param[in] model the model; features that a trainer keeps elsewhere are brought up to date.
 * @param[in] path file name; as in libnc_file_write().
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_NOT_FINITE (a value is not finite: the old
 *         file stays); LIBNC_ERROR_FILE; LIBNC_ERROR_MEMORY.
 * @note O(values).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_model_save(libnc_model *model, const char *path);

/**
 * @brief Creates a model from a file of libnc_model_save(), or takes it out of a checkpoint of
 * libnc_trainer_save().
 * @param[out] model the new model; the caller destroys it.
 * @param[in] context the context.
 * @param[in] path a regular file.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_FILE (cannot be opened or read);
 *         LIBNC_ERROR_FORMAT (another file, or a damaged one: the text has the offset);
 *         LIBNC_ERROR_UNSUPPORTED (another version); LIBNC_ERROR_MEMORY. No more memory is asked
 *         for than a few times the size of the file.
 * @note O(size of the file).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_model_load(libnc_model **model, libnc_context *context,
                                            const char *path);

/**
 * @brief Writes the parameters as arrays, with the names that PyTorch gives them.
 *
 * They are those of the state_dict() of a module whose `backbone` and `head` are nn.Sequential:
 * layers of the backbone are nn.Linear, each with the nn.ReLU behind it that it has, those of the
 * head are nn.Linear with a bias in the last alone, if at all. "backbone.1.weight" and
 * "backbone.2.weight" with ReLU between them become "backbone.0.weight" and "backbone.2.weight";
 * "head.1.weight" becomes "head.0.weight"; "head.bias" becomes "head.(M-1).bias"; free features,
 * an nn.Parameter, stay "features". Nodes of a network (network.h) that have a name keep it, and
 * node i without one is "backbone.(i-1)"; the running statistics of batch norm are among the
 * arrays. Weights are (out, in), those of convolutions (out, in, row, column), the others one row,
 * in the model's scalar type.
 * @param[in] model the model; as in libnc_model_save().
 * @param[in] path file name; as in libnc_file_write().
 * @param[in] format LIBNC_ARRAY_SAFETENSORS or LIBNC_ARRAY_NPZ (array.h).
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT; LIBNC_ERROR_FILE; LIBNC_ERROR_MEMORY.
 * @note O(values).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_model_export(libnc_model *model, const char *path, int32_t format);

/**
 * @brief Sets every parameter and state from a file of arrays with the names of
 * libnc_model_export(), such as a state_dict().
 * @param[in] model the model, created with the shapes that the file has. After an error it is as it
 *            was.
 * @param[in] path safetensors or .npz of any float type (array.h); other members are not looked
 *            at.
 * @return LIBNC_OK; LIBNC_ERROR_ARGUMENT (also a parameter that the file does not have);
 *         LIBNC_ERROR_DIMENSION (a member has another shape: the text names it);
 *         LIBNC_ERROR_NOT_FINITE; as libnc_array_open() and libnc_array_read() for what is wrong
 *         with the file; LIBNC_ERROR_MEMORY.
 * @note O(values).
 * @since 0.3
 */
LIBNC_CHECKED libnc_status libnc_model_import(libnc_model *model, const char *path);

LIBNC_END

#endif
