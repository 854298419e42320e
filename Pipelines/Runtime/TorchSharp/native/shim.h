#pragma once

// What the managed side calls: plain C functions over LibTorch. A function that can fail returns 0 where it went well;
// otherwise shim_error() tells why. A tensor handle is a pointer to a TensorImpl and owns one reference to it.

#include <cstdint>
#include <exception>
#include <string>

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>
#include <torch/version.h>

#define SHIM extern "C" __attribute__((visibility("default")))

namespace shim {

using Handle = c10::TensorImpl*;

// An argument of an operator or a result; the kinds are those of the managed enumeration NativeKind.
struct Value {
    int32_t kind;
    int32_t count;  // items of a list, bytes of a string, type of a device
    int64_t data;   // an integer, a truth value, a handle, an address, the index of a device
    double number;
};

enum Kind : int32_t {
    None = 0,
    Tensor = 1,
    Int = 2,
    Double = 3,
    Bool = 4,
    Ints = 5,
    Tensors = 6,
    OptionalTensors = 7,
    String = 8,
    Device = 9,
    Generator = 10,
    Default = 11,
    Doubles = 12,
};

// The reason why the last call on this thread failed.
void fail(const std::string& reason);

// A tensor that shares what the handle holds.
inline at::Tensor borrow(Handle handle) {
    if (handle == nullptr) return at::Tensor();
    return at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim_copy(handle));
}

// A handle of its own for the tensor; null where it is undefined.
inline Handle release(at::Tensor tensor) {
    return tensor.defined() ? tensor.unsafeReleaseTensorImpl() : nullptr;
}

template <typename Body>
int32_t guarded(Body body) {
    try {
        body();
        return 0;
    } catch (const c10::Error& error) {
        fail(error.what_without_backtrace());
    } catch (const std::exception& error) {
        fail(error.what());
    } catch (...) {
        fail("an exception of an unknown kind");
    }
    return 1;
}

}  // namespace shim
