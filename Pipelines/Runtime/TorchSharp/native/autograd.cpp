// Gradients, and the modes in which none are recorded.

#include "shim.h"

#include <vector>

#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>

namespace {

std::vector<at::Tensor> borrowAll(const shim::Handle* handles, int32_t count) {
    std::vector<at::Tensor> tensors;
    tensors.reserve(count);
    for (int32_t i = 0; i < count; i++) tensors.push_back(shim::borrow(handles[i]));
    return tensors;
}

}  // namespace

SHIM int32_t shim_requires_grad(shim::Handle handle) {
    return handle->requires_grad();
}

SHIM int32_t shim_set_requires_grad(shim::Handle handle, int32_t value) {
    return shim::guarded([&] { shim::borrow(handle).set_requires_grad(value != 0); });
}

SHIM int32_t shim_is_leaf(shim::Handle handle) {
    return shim::borrow(handle).is_leaf();
}

SHIM int32_t shim_retain_grad(shim::Handle handle) {
    return shim::guarded([&] { shim::borrow(handle).retain_grad(); });
}

// The gradient; null where there is none.
SHIM int32_t shim_grad(shim::Handle handle, shim::Handle* gradient) {
    return shim::guarded([&] { *gradient = shim::release(shim::borrow(handle).mutable_grad()); });
}

SHIM int32_t shim_set_grad(shim::Handle handle, shim::Handle gradient) {
    return shim::guarded([&] {
        const auto tensor = shim::borrow(handle);
        const auto value = shim::borrow(gradient);
        if (value.defined()) {
            TORCH_CHECK(value.sizes() == tensor.sizes(), "a gradient of the shape ", value.sizes(), " cannot be given to a tensor of the shape ", tensor.sizes());
            TORCH_CHECK(value.device() == tensor.device(), "a gradient on ", value.device(), " cannot be given to a tensor on ", tensor.device());
            TORCH_CHECK(value.scalar_type() == tensor.scalar_type(), "a gradient of the type ", value.scalar_type(), " cannot be given to a tensor of the type ", tensor.scalar_type());
        }
        tensor.mutable_grad() = value;
    });
}

SHIM int32_t shim_backward(const shim::Handle* tensors, int32_t count, const shim::Handle* gradients, int32_t gradientCount,
                           const shim::Handle* inputs, int32_t inputCount, int32_t retainGraph, int32_t createGraph) {
    return shim::guarded([&] {
        torch::autograd::backward(borrowAll(tensors, count), borrowAll(gradients, gradientCount), retainGraph != 0, createGraph != 0,
                                  borrowAll(inputs, inputCount));
    });
}

SHIM int32_t shim_autograd_grad(const shim::Handle* outputs, int32_t outputCount, const shim::Handle* inputs, int32_t inputCount,
                                const shim::Handle* gradients, int32_t gradientCount, int32_t retainGraph, int32_t createGraph,
                                int32_t allowUnused, shim::Handle* results) {
    return shim::guarded([&] {
        auto all = torch::autograd::grad(borrowAll(outputs, outputCount), borrowAll(inputs, inputCount), borrowAll(gradients, gradientCount),
                                         retainGraph != 0, createGraph != 0, allowUnused != 0);
        for (size_t i = 0; i < all.size(); i++) results[i] = shim::release(std::move(all[i]));
    });
}

SHIM int32_t shim_grad_enabled() {
    return c10::GradMode::is_enabled();
}

SHIM void shim_set_grad_enabled(int32_t enabled) {
    c10::GradMode::set_enabled(enabled != 0);
}

SHIM int32_t shim_inference_enabled() {
    return c10::InferenceMode::is_enabled();
}

// A guard, for this thread alone; it ends where it is freed.
SHIM void* shim_inference_begin(int32_t enabled) {
    return new c10::InferenceMode(enabled != 0);
}

SHIM void shim_inference_end(void* guard) {
    delete static_cast<c10::InferenceMode*>(guard);
}
