// The library as a whole: versions, threads, random numbers, graphics processors.

#include "shim.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/core/Generator.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

namespace {

thread_local std::string reason;
thread_local std::string text;

const char* keep(std::string value) {
    text = std::move(value);
    return text.c_str();
}

}  // namespace

void shim::fail(const std::string& message) {
    reason = message;
}

SHIM const char* shim_error() {
    return reason.c_str();
}

// The version of LibTorch that the shim was compiled against.
SHIM const char* shim_compiled_version() {
    return TORCH_VERSION;
}

// How the LibTorch that was loaded describes itself, its version among it.
SHIM const char* shim_configuration() {
    shim::guarded([] { keep(at::show_config()); });
    return text.c_str();
}

SHIM int32_t shim_threads() {
    return at::get_num_threads();
}

SHIM int32_t shim_set_threads(int32_t count) {
    return shim::guarded([&] { at::set_num_threads(count); });
}

SHIM int32_t shim_interop_threads() {
    return static_cast<int32_t>(at::get_num_interop_threads());
}

SHIM int32_t shim_set_interop_threads(int32_t count) {
    return shim::guarded([&] { at::set_num_interop_threads(count); });
}

SHIM int32_t shim_cuda_count() {
    if (!at::hasCUDA() || !c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA)) return 0;
    return static_cast<int32_t>(c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA)->deviceCount());
}

SHIM int32_t shim_cudnn() {
    return at::globalContext().hasCuDNN();
}

SHIM int32_t shim_cuda_synchronize(int64_t index) {
    return shim::guarded([&] {
        TORCH_CHECK(shim_cuda_count() > 0, "LibTorch sees no CUDA device.");
        const auto device = index < 0 ? c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA)->getDevice().index() : static_cast<c10::DeviceIndex>(index);
        at::detail::getCUDAHooks().deviceSynchronize(device);
    });
}

SHIM int32_t shim_allow_tf32(int32_t value) {
    if (value >= 0) at::globalContext().setAllowTF32CuBLAS(value != 0);
    return at::globalContext().allowTF32CuBLAS();
}

SHIM int32_t shim_manual_seed(int64_t seed) {
    return shim::guarded([&] { at::manual_seed(static_cast<uint64_t>(seed)); });
}

// A generator of its own that starts as the device's default does, or the default itself.
SHIM int32_t shim_generator(int32_t deviceType, int32_t index, int32_t shared, at::Generator** generator) {
    return shim::guarded([&] {
        const c10::Device device(static_cast<c10::DeviceType>(deviceType), static_cast<c10::DeviceIndex>(index));
        const auto& standard = at::globalContext().defaultGenerator(device);
        *generator = new at::Generator(shared != 0 ? standard : standard.clone());
    });
}

SHIM void shim_generator_release(at::Generator* generator) {
    delete generator;
}

SHIM int32_t shim_generator_set_seed(at::Generator* generator, int64_t seed) {
    return shim::guarded([&] {
        std::lock_guard<std::mutex> lock(generator->mutex());
        generator->set_current_seed(static_cast<uint64_t>(seed));
    });
}

// Draws a seed from what the machine has to offer.
SHIM int32_t shim_generator_seed(at::Generator* generator, int64_t* seed) {
    return shim::guarded([&] {
        std::lock_guard<std::mutex> lock(generator->mutex());
        *seed = static_cast<int64_t>(generator->seed());
    });
}

SHIM int32_t shim_generator_current_seed(at::Generator* generator, int64_t* seed) {
    return shim::guarded([&] {
        std::lock_guard<std::mutex> lock(generator->mutex());
        *seed = static_cast<int64_t>(generator->current_seed());
    });
}

SHIM int32_t shim_generator_state(at::Generator* generator, shim::Handle* state) {
    return shim::guarded([&] {
        std::lock_guard<std::mutex> lock(generator->mutex());
        *state = shim::release(generator->get_state());
    });
}

SHIM int32_t shim_generator_set_state(at::Generator* generator, shim::Handle state) {
    return shim::guarded([&] {
        const auto value = shim::borrow(state);
        std::lock_guard<std::mutex> lock(generator->mutex());
        generator->set_state(value);
    });
}
