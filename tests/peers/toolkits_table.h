/* SPDX-License-Identifier: MIT
 *
 * toolkits_table.h: what three toolkits themselves printed in float64 for balanced.npz and
 * unbalanced.npz, in this folder: rhubarbwu/neural-collapse at commit c05a0b8 (wu2024; its
 * decisions have no bias), felixsh/nc-toolbox at a527f99 (nc_toolbox) and tding1/Neural-Collapse at
 * 04ef586 (zhu2021). nc1_weak of nc-toolbox is a pair that adds up to 1, of which the second number
 * is here. The tolerance, of max(|value|, 1e-3), is that of a pseudo-inverse, and 2e-7 for the CDNV
 * of neural-collapse, which holds variances in float32.
 */
#ifndef TOOLKITS_TABLE_H
#define TOOLKITS_TABLE_H

static const struct {
    const char *data, *convention, *metric;
    double value, tolerance;
} toolkits_table[] = {
    {"balanced", "wu2024", "nc1", 0.020677208993634753, 1e-12},
    {"balanced", "wu2024", "nc1_quotient", 0.0509762448457824, 1e-12},
    {"balanced", "wu2024", "cdnv", 0.024164151400327682, 2e-7},
    {"balanced", "wu2024", "nc2_etf_features", 0.5622992719033499, 1e-12},
    {"balanced", "wu2024", "nc3_etf", 0.5697324649508665, 1e-12},
    {"balanced", "wu2024", "nc4", 1.0, 1e-12},
    {"balanced", "nc_toolbox", "nc1", 0.02067720899363476, 1e-12},
    {"balanced", "nc_toolbox", "nc1_normalised", 0.04850370795323021, 1e-12},
    {"balanced", "nc_toolbox", "cdnv", 0.02543594961205284, 1e-12},
    {"balanced", "nc_toolbox", "nc2_equinorm_features", -0.10236808806543216, 1e-12},
    {"balanced", "nc_toolbox", "nc2_equiangular_features", 0.01288888391007098, 1e-12},
    {"balanced", "nc_toolbox", "uniformity_features", -0.44392939762904743, 1e-12},
    {"balanced", "nc_toolbox", "nc3_duality", 0.24262180350079077, 1e-12},
    {"balanced", "nc_toolbox", "nc4", 1.0, 1e-12},
    {"balanced", "zhu2021", "nc2_etf_classifier", 0.5541605245227128, 1e-12},
    {"balanced", "zhu2021", "nc3_etf", 0.5697324649508664, 1e-12},
    {"balanced", "zhu2021", "nc4", 7.138497357971724, 1e-12},
    {"balanced", "zhu2021", "nc1", 0.020677208993634753, 1e-12},
    {"unbalanced", "wu2024", "nc1", 0.039383042287309065, 1e-12},
    {"unbalanced", "wu2024", "nc1_quotient", 0.047206948915437766, 1e-12},
    {"unbalanced", "wu2024", "cdnv", 0.016627805307507515, 2e-7},
    {"unbalanced", "wu2024", "nc2_etf_features", 0.519159359741335, 1e-12},
    {"unbalanced", "wu2024", "nc3_etf", 0.519904133578227, 1e-12},
    {"unbalanced", "wu2024", "nc4", 0.978021978021978, 1e-12},
    {"unbalanced", "nc_toolbox", "nc1", 0.036560979192513804, 1e-12},
    {"unbalanced", "nc_toolbox", "nc1_normalised", 0.03969168295413268, 1e-12},
    {"unbalanced", "nc_toolbox", "cdnv", 0.0190126447912484, 1e-12},
    {"unbalanced", "nc_toolbox", "nc2_equinorm_features", -0.013942016466088437, 1e-12},
    {"unbalanced", "nc_toolbox", "nc2_equiangular_features", 0.12406829433822104, 1e-12},
    {"unbalanced", "nc_toolbox", "uniformity_features", -0.3565502926401799, 1e-12},
    {"unbalanced", "nc_toolbox", "nc3_duality", 0.42597903100816, 1e-12},
    {"unbalanced", "nc_toolbox", "nc4", 0.978021978021978, 1e-12},
    {"unbalanced", "zhu2021", "nc2_etf_classifier", 0.4925033325933087, 1e-12},
    {"unbalanced", "zhu2021", "nc3_etf", 0.6204067532817212, 1e-12},
    {"unbalanced", "zhu2021", "nc4", 3.304138354563831, 1e-12},
    {"unbalanced", "zhu2021", "nc1", 0.03656097919251381, 1e-12},
};

#endif
