// Handles, shapes and memory of tensors.

#include "shim.h"

#include <algorithm>

#include <c10/util/intrusive_ptr.h>

SHIM void shim_tensor_release(shim::Handle handle) {
    if (handle != nullptr) c10::raw::intrusive_ptr::decref(handle);
}

// dimensions, elements, element type, device type, device index, bytes of an element, and whether it is contiguous.
SHIM int32_t shim_tensor_describe(shim::Handle handle, int64_t* description) {
    return shim::guarded([&] {
        const auto tensor = shim::borrow(handle);
        description[0] = tensor.dim();
        description[1] = tensor.numel();
        description[2] = static_cast<int64_t>(tensor.scalar_type());
        description[3] = static_cast<int64_t>(tensor.device().type());
        description[4] = tensor.device().index();
        description[5] = static_cast<int64_t>(tensor.dtype().itemsize());
        description[6] = tensor.is_sparse() || tensor.is_contiguous();
        description[7] = tensor.is_sparse();
    });
}

SHIM int32_t shim_tensor_sizes(shim::Handle handle, int64_t* sizes) {
    return shim::guarded([&] {
        const auto all = handle->sizes();
        std::copy(all.begin(), all.end(), sizes);
    });
}

SHIM int32_t shim_tensor_strides(shim::Handle handle, int64_t* strides) {
    return shim::guarded([&] {
        const auto all = handle->strides();
        std::copy(all.begin(), all.end(), strides);
    });
}

SHIM int32_t shim_tensor_offset(shim::Handle handle, int64_t* offset) {
    return shim::guarded([&] { *offset = handle->storage_offset(); });
}

// The address of the first element, on whatever device the tensor is.
SHIM int32_t shim_tensor_data(shim::Handle handle, void** data) {
    return shim::guarded([&] { *data = shim::borrow(handle).data_ptr(); });
}

// Another handle for the same tensor.
SHIM shim::Handle shim_tensor_share(shim::Handle handle) {
    return shim::release(shim::borrow(handle));
}
