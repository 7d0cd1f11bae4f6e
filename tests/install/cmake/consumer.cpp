// SPDX-License-Identifier: MIT
//
// consumer.cpp: C++ against an installed libnc. Predicts 4 balanced classes of 100 samples, MSE,
// M = 1, decays 5e-4, whose optimal loss is 0.0198 (doc/theory.md), and checks the error channel.
#include <libnc/libnc.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

namespace
{
struct destroy {
    void operator()(libnc_context *context) const
    {
        libnc_context_destroy(context);
    }
    void operator()(libnc_classes *classes) const
    {
        libnc_classes_destroy(classes);
    }
    void operator()(libnc_geometry *geometry) const
    {
        libnc_geometry_destroy(geometry);
    }
};

template <class T> using handle = std::unique_ptr<T, destroy>;

bool predict(libnc_context *context)
{
    const std::vector<std::int64_t> counts(4, 100);
    libnc_classes *classes = nullptr;
    if (libnc_classes_from_counts(&classes, context, counts.data(), 4) != LIBNC_OK)
        return false;
    handle<libnc_classes> classes_owner(classes);
    libnc_geometry *geometry = nullptr;
    if (libnc_geometry_create(&geometry, classes, 1) != LIBNC_OK)
        return false;
    handle<libnc_geometry> geometry_owner(geometry);
    double loss = 0;
    return libnc_geometry_solve(geometry) == LIBNC_OK &&
           libnc_geometry_loss(geometry, &loss, nullptr) == LIBNC_OK &&
           std::fabs(loss - 0.0198) < 1e-12;
}

bool refuse(libnc_context *context)
{
    const std::int64_t counts[] = {100, -1};
    libnc_classes *classes = nullptr;
    return libnc_classes_from_counts(&classes, context, counts, 2) == LIBNC_ERROR_ARGUMENT &&
           classes == nullptr && std::strlen(libnc_context_error(context)) > 0;
}
} // namespace

int main()
{
    libnc_context *context = nullptr;
    if (libnc_context_create(&context) != LIBNC_OK)
        return 1;
    handle<libnc_context> owner(context);
    const bool same = libnc_version_number() ==
                      10000 * LIBNC_VERSION_MAJOR + 100 * LIBNC_VERSION_MINOR + LIBNC_VERSION_PATCH;
    const bool good = same && predict(context) && refuse(context);
    std::printf("libnc %s from C++: %s\n", libnc_version(), good ? "good" : "bad");
    return good ? 0 : 1;
}
