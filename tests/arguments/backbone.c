/* SPDX-License-Identifier: MIT
 *
 * backbone.c: what the functions of libnc/backbone.h refuse.
 */
#include "arguments/tables.h"

static void backbone_create(void)
{
    NO_CONTEXT("context", libnc_backbone_create(&out.backbone, NULL, 5));
    WRONG("backbone", libnc_backbone_create(NULL, w->context, 5));
    EACH(i, not_positive)
    WRONG("inputs", libnc_backbone_create(&out.backbone, w->context, not_positive[i]));
    EACH(i, over_int)
    REFUSED(LIBNC_ERROR_MEMORY, "inputs",
            libnc_backbone_create(&out.backbone, w->context, over_int[i]));
}

static libnc_backbone *made_backbone(int layers)
{
    libnc_backbone *backbone;
    must(libnc_backbone_create(&backbone, w->context, 5));
    for (int l = 0; l < layers; l++)
        must(libnc_backbone_add_affine(backbone, 3, LIBNC_ACTIVATION_RELU));
    return backbone;
}

static void backbone_add_affine(void)
{
    static const int32_t wrong[] = {-1, 2, INT32_MIN, INT32_MAX};
    libnc_backbone *backbone = made_backbone(1), *full = made_backbone(1000);
    NO_CONTEXT("backbone", libnc_backbone_add_affine(NULL, 5, 0));
    REFUSED(LIBNC_ERROR_UNSUPPORTED, "backbone", libnc_backbone_add_affine(full, 5, 0));
    EACH(i, not_positive)
    WRONG("outputs", libnc_backbone_add_affine(backbone, not_positive[i], 0));
    EACH(i, over_int)
    REFUSED(LIBNC_ERROR_MEMORY, "outputs", libnc_backbone_add_affine(backbone, over_int[i], 0));
    EACH(i, wrong)
    WRONG("activation", libnc_backbone_add_affine(backbone, 5, wrong[i]));
    ck_assert_int_eq(libnc_backbone_layers(backbone), 1);
    libnc_backbone_destroy(full);
    libnc_backbone_destroy(backbone);
}

static void without_status(void)
{
    DONE(libnc_backbone_destroy(NULL));
    ZERO(libnc_backbone_layers(NULL));
    ZERO(libnc_backbone_outputs(NULL));
}

static const argument_check checks[] = {
    CHECKS(backbone_create),
    CHECKS(backbone_add_affine),
};

const argument_table backbone_arguments = ARGUMENT_TABLE("backbone", checks, without_status);
