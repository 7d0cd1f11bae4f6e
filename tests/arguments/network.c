/* SPDX-License-Identifier: MIT
 *
 * network.c: what the functions of libnc/network.h refuse.
 */
#include "arguments/tables.h"

static const int64_t not_node[] = {-1, 3, INT64_MIN, INT64_MAX};
static const int64_t not_kernel[] = {0, -1, 65, INT64_MIN, INT64_MAX};
static const int64_t not_window[] = {-1, (1 << 15) + 1, INT64_MIN, INT64_MAX};

/* An image of 2 x 8 x 6, a convolution to 5 x 8 x 6, and batch norm. */
static libnc_network *made_network(void)
{
    libnc_network *network;
    must(libnc_network_create(&network, w->context, 2, 8, 6));
    must(libnc_network_convolution(network, 5, 3, 1, 1, 0));
    must(libnc_network_normalisation(network));
    return network;
}

/* Nothing was added. */
static void end_network(libnc_network *network)
{
    ck_assert_int_eq(libnc_network_nodes(network), 2);
    libnc_network_destroy(network);
}

static void network_create(void)
{
    NO_CONTEXT("context", libnc_network_create(&out.network, NULL, 5, 5, 5));
    WRONG("network", libnc_network_create(NULL, w->context, 5, 5, 5));
    EACH(i, not_positive)
    WRONG("channels", libnc_network_create(&out.network, w->context, not_positive[i], 5, 5));
    EACH(i, not_positive)
    WRONG("height", libnc_network_create(&out.network, w->context, 5, not_positive[i], 5));
    EACH(i, not_positive)
    WRONG("width", libnc_network_create(&out.network, w->context, 5, 5, not_positive[i]));
    REFUSED_AS(LIBNC_ERROR_MEMORY, "width", "values",
               libnc_network_create(&out.network, w->context, 1 << 10, 1 << 11, 1 << 10));
}

static void network_create_named(void)
{
    static const char *const wrong[] = {"", "vgg", "vgg19", "resnet18 ", "VGG11"};
    NO_CONTEXT("context", libnc_network_create_named(&out.network, NULL, "vgg11", 1, 32, 32, 4));
    WRONG("network", libnc_network_create_named(NULL, w->context, "vgg11", 1, 32, 32, 4));
    WRONG("name", libnc_network_create_named(&out.network, w->context, NULL, 1, 32, 32, 4));
    EACH(i, wrong)
    WRONG("name", libnc_network_create_named(&out.network, w->context, wrong[i], 1, 32, 32, 4));
    EACH(i, not_positive)
    {
        const int64_t bad = not_positive[i];
        WRONG("channels",
              libnc_network_create_named(&out.network, w->context, "vgg11", bad, 32, 32, 4));
        WRONG("height",
              libnc_network_create_named(&out.network, w->context, "vgg11", 1, bad, 32, 4));
        WRONG("width",
              libnc_network_create_named(&out.network, w->context, "vgg11", 1, 32, bad, 4));
        WRONG("base_width",
              libnc_network_create_named(&out.network, w->context, "vgg11", 1, 32, 32, bad));
    }
}

static void network_pad(void)
{
    libnc_network *network = made_network();
    NO_CONTEXT("network", libnc_network_pad(NULL, 1));
    WRONG("border", libnc_network_pad(network, 0));
    EACH(i, not_window)
    WRONG("border", libnc_network_pad(network, not_window[i]));
    end_network(network);
}

static void network_convolution(void)
{
    libnc_network *network = made_network();
    NO_CONTEXT("network", libnc_network_convolution(NULL, 5, 3, 1, 1, 0));
    EACH(i, not_positive)
    WRONG("outputs", libnc_network_convolution(network, not_positive[i], 3, 1, 1, 0));
    EACH(i, over_int)
    REFUSED(LIBNC_ERROR_MEMORY, "outputs",
            libnc_network_convolution(network, over_int[i], 3, 1, 1, 0));
    EACH(i, not_kernel)
    WRONG("kernel", libnc_network_convolution(network, 5, not_kernel[i], 1, 0, 0));
    MISFIT("kernel", libnc_network_convolution(network, 5, 7, 1, 0, 0));
    EACH(i, not_kernel)
    WRONG("stride", libnc_network_convolution(network, 5, 3, not_kernel[i], 1, 0));
    EACH(i, not_window)
    WRONG("padding", libnc_network_convolution(network, 5, 3, 1, not_window[i], 0));
    WRONG("padding", libnc_network_convolution(network, 5, 3, 1, 3, 0));
    EACH(i, not_bias)
    WRONG("bias", libnc_network_convolution(network, 5, 3, 1, 1, not_bias[i]));
    end_network(network);
}

static void network_normalisation(void)
{
    NO_CONTEXT("network", libnc_network_normalisation(NULL));
}

static void network_activation(void)
{
    static const int32_t wrong[] = {-1, 0, 2, INT32_MIN, INT32_MAX};
    libnc_network *network = made_network();
    NO_CONTEXT("network", libnc_network_activation(NULL, LIBNC_ACTIVATION_RELU));
    EACH(i, wrong)
    WRONG("activation", libnc_network_activation(network, wrong[i]));
    end_network(network);
}

static void network_pooling(void)
{
    libnc_network *network = made_network();
    NO_CONTEXT("network", libnc_network_pooling(NULL, LIBNC_POOLING_MAX, 2, 2, 0));
    EACH(i, not_there)
    WRONG("kind", libnc_network_pooling(network, not_there[i], 2, 2, 0));
    EACH(i, not_window)
    WRONG("size", libnc_network_pooling(network, LIBNC_POOLING_MAX, not_window[i], 2, 0));
    MISFIT("size", libnc_network_pooling(network, LIBNC_POOLING_MAX, 7, 2, 0));
    EACH(i, not_window)
    WRONG("stride", libnc_network_pooling(network, LIBNC_POOLING_MAX, 2, not_window[i], 0));
    WRONG("stride", libnc_network_pooling(network, LIBNC_POOLING_MAX, 2, 0, 0));
    WRONG("stride", libnc_network_pooling(network, LIBNC_POOLING_MAX, 0, 1, 0));
    WRONG("padding", libnc_network_pooling(network, LIBNC_POOLING_MAX, 3, 2, 2));
    WRONG("padding", libnc_network_pooling(network, LIBNC_POOLING_MEAN, 3, 2, 1));
    WRONG("padding", libnc_network_pooling(network, LIBNC_POOLING_MAX, 0, 0, 1));
    end_network(network);
}

static void network_affine(void)
{
    libnc_network *network = made_network();
    NO_CONTEXT("network", libnc_network_affine(NULL, 5));
    EACH(i, not_positive)
    WRONG("outputs", libnc_network_affine(network, not_positive[i]));
    EACH(i, over_int)
    REFUSED(LIBNC_ERROR_MEMORY, "outputs", libnc_network_affine(network, over_int[i]));
    end_network(network);
}

static void network_add(void)
{
    libnc_network *network = made_network();
    NO_CONTEXT("network", libnc_network_add(NULL, 1));
    EACH(i, not_node)
    WRONG("node", libnc_network_add(network, not_node[i]));
    MISFIT("node", libnc_network_add(network, 0));
    end_network(network);
}

static void network_from(void)
{
    libnc_network *network = made_network();
    NO_CONTEXT("network", libnc_network_from(NULL, 1));
    EACH(i, not_node)
    WRONG("node", libnc_network_from(network, not_node[i]));
    end_network(network);
}

static void network_name(void)
{
    static const char *const wrong[] = {
        "", "a b", "head.1", "backbone.2", "\xc3\xa9", "a234567890123456789012345678901x"};
    libnc_network *network = made_network(), *input;
    must(libnc_network_create(&input, w->context, 1, 1, 1));
    NO_CONTEXT("network", libnc_network_name(NULL, "a"));
    WRONG("name", libnc_network_name(network, NULL));
    WRONG("name", libnc_network_name(input, "a"));
    EACH(i, wrong)
    WRONG("name", libnc_network_name(network, wrong[i]));
    libnc_network_destroy(input);
    end_network(network);
}

static void network_shape(void)
{
    libnc_network *network = made_network();
    NO_CONTEXT("network",
               libnc_network_shape(NULL, 1, &out.whole[0], &out.whole[1], &out.whole[2]));
    EACH(i, not_node)
    WRONG("node",
          libnc_network_shape(network, not_node[i], &out.whole[0], &out.whole[1], &out.whole[2]));
    ACCEPTED("channels", libnc_network_shape(network, 1, NULL, &out.whole[1], &out.whole[2]));
    ACCEPTED("height", libnc_network_shape(network, 1, &out.whole[0], NULL, &out.whole[2]));
    ACCEPTED("width", libnc_network_shape(network, 1, &out.whole[0], &out.whole[1], NULL));
    end_network(network);
}

static void without_status(void)
{
    DONE(libnc_network_destroy(NULL));
    ZERO(libnc_network_nodes(NULL));
    ZERO(libnc_network_outputs(NULL));
}

static const argument_check checks[] = {
    CHECKS(network_create),      CHECKS(network_create_named),  CHECKS(network_pad),
    CHECKS(network_convolution), CHECKS(network_normalisation), CHECKS(network_activation),
    CHECKS(network_pooling),     CHECKS(network_affine),        CHECKS(network_add),
    CHECKS(network_from),        CHECKS(network_name),          CHECKS(network_shape),
};

const argument_table network_arguments = ARGUMENT_TABLE("network", checks, without_status);
