/* SPDX-License-Identifier: MIT
 *
 *     c++ -std=c++17 raii.cpp $(pkg-config --cflags --libs libnc) -o raii
 *
 * libnc from C++17: a handle is a unique_ptr with the library's own destructor, and an error is an
 * exception with the library's words. Predicts a deep head, measures the predicted class means, and
 * shows an error. Prints:
 *
 *     predicted loss 0.0062067418
 *     nc3_duality 0.691128
 *     error: ERROR_ARGUMENT: feature_decay = -1: must be from 2.22507e-308 to 1e+300
 */
#include <cstdio>
#include <libnc/libnc.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

// handle<libnc_geometry, libnc_geometry_destroy> and the like.
template <class T, void (*destroy)(T *)> struct destroyer {
    void operator()(T *object) const noexcept
    {
        destroy(object);
    }
};
template <class T, void (*destroy)(T *)> using handle = std::unique_ptr<T, destroyer<T, destroy>>;

using context = handle<libnc_context, libnc_context_destroy>;
using classes = handle<libnc_classes, libnc_classes_destroy>;
using geometry = handle<libnc_geometry, libnc_geometry_destroy>;
using accumulator = handle<libnc_accumulator, libnc_accumulator_destroy>;
using report = handle<libnc_report, libnc_report_destroy>;

static void check(const context &c, libnc_status status)
{
    if (status < 0)
        throw std::runtime_error(std::string(libnc_status_name(status)) + ": " +
                                 libnc_context_error(c.get()));
}

// make<geometry>(c, libnc_geometry_create, classes.get(), depth): a constructor's output comes
// first.
template <class Handle, class Create, class... Inputs>
static Handle make(const context &c, Create create, Inputs... inputs)
{
    typename Handle::pointer object = nullptr;
    check(c, create(&object, inputs...));
    return Handle(object);
}

int main()
{
    libnc_context *made = nullptr;
    if (libnc_context_create(&made) < 0)
        return 1;
    context c(made);
    try {
        const std::vector<int64_t> counts = {40, 20, 10};
        auto k = make<classes>(c, libnc_classes_from_counts, c.get(), counts.data(),
                               int64_t(counts.size()));
        auto g = make<geometry>(c, libnc_geometry_create, k.get(), 2);
        check(c, libnc_geometry_solve(g.get()));
        double loss = 0;
        check(c, libnc_geometry_loss(g.get(), &loss, nullptr));
        std::printf("predicted loss %.10f\n", loss);

        std::vector<double> rows(3 * 3), means(3 * 3);
        check(c, libnc_geometry_factors(g.get(), 3, rows.data(), means.data(), means.size()));
        const std::vector<int32_t> labels = {0, 1, 2};
        auto a = make<accumulator>(c, libnc_accumulator_create, c.get(), 3, 3);
        check(c, libnc_accumulator_update(a.get(), means.data(), LIBNC_FLOAT64, 3, 3, labels.data(),
                                          LIBNC_LABEL_INT32));
        auto r = make<report>(c, libnc_report_create, c.get());
        const libnc_accumulator *layers[] = {a.get()};
        const double *classifiers[] = {rows.data()};
        check(c, libnc_report_measure_features(r.get(), layers, classifiers, nullptr, 1));
        double value = 0;
        check(c, libnc_report_value(r.get(), LIBNC_METRIC_NC3_DUALITY, 1, &value));
        std::printf("%s %.6f\n", libnc_metric_name(LIBNC_METRIC_NC3_DUALITY), value);

        check(c, libnc_options_set_text(libnc_geometry_options(g.get()), "feature_decay", "-1"));
    } catch (const std::exception &error) {
        std::printf("error: %s\n", error.what());
    }
    return 0;
}
