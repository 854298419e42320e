// Every operator of ATen, by its name: arguments come as plain values, defaults out of the operator's own schema.

#include "shim.h"

#include <memory>
#include <vector>

#include <ATen/core/Generator.h>
#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>

namespace {

using c10::IValue;
using OptionalTensors = decltype(std::declval<const IValue&>().toOptionalTensorList());

struct Operator {
    explicit Operator(c10::OperatorHandle operation) : handle(std::move(operation)) {
        const auto& schema = handle.schema();
        for (const auto& argument : schema.arguments()) {
            auto type = argument.type();
            if (auto optional = type->cast<c10::OptionalType>()) type = optional->getElementType();
            isFloat.push_back(type->kind() == c10::TypeKind::FloatType);
            defaults.push_back(argument.default_value() ? *argument.default_value() : IValue());
            hasDefault.push_back(argument.default_value().has_value());
        }
    }

    c10::OperatorHandle handle;
    std::vector<bool> isFloat;
    std::vector<bool> hasDefault;
    std::vector<IValue> defaults;
};

template <typename Item>
const Item* items(const shim::Value& value) {
    return reinterpret_cast<const Item*>(value.data);
}

IValue toIValue(const Operator& operation, size_t index, const shim::Value& value) {
    switch (value.kind) {
        case shim::None:
            return IValue();
        case shim::Tensor:
            return IValue(shim::borrow(reinterpret_cast<shim::Handle>(value.data)));
        case shim::Int:
            return operation.isFloat[index] ? IValue(static_cast<double>(value.data)) : IValue(value.data);
        case shim::Double:
            return IValue(value.number);
        case shim::Bool:
            return IValue(value.data != 0);
        case shim::Ints:
            return IValue(c10::IntArrayRef(items<int64_t>(value), value.count));
        case shim::Doubles:
            return IValue(std::vector<double>(items<double>(value), items<double>(value) + value.count));
        case shim::Tensors: {
            c10::List<at::Tensor> list;
            list.reserve(value.count);
            for (int32_t i = 0; i < value.count; i++) list.push_back(shim::borrow(items<shim::Handle>(value)[i]));
            return IValue(std::move(list));
        }
        case shim::OptionalTensors: {
            OptionalTensors list;
            list.reserve(value.count);
            for (int32_t i = 0; i < value.count; i++) {
                auto handle = items<shim::Handle>(value)[i];
                if (handle == nullptr)
                    list.push_back(typename OptionalTensors::value_type());
                else
                    list.push_back(shim::borrow(handle));
            }
            return IValue(std::move(list));
        }
        case shim::String:
            return IValue(std::string(items<char>(value), value.count));
        case shim::Device:
            return IValue(c10::Device(static_cast<c10::DeviceType>(value.count), static_cast<c10::DeviceIndex>(value.data)));
        case shim::Generator:
            return value.data == 0 ? IValue() : IValue(*items<at::Generator>(value));
        case shim::Default:
            TORCH_CHECK(operation.hasDefault[index], operation.handle.schema().name(), " has no default for its argument ", index);
            return operation.defaults[index];
        default:
            TORCH_CHECK(false, "argument ", index, " of ", operation.handle.schema().name(), " is of the unknown kind ", value.kind);
    }
}

shim::Value toValue(IValue& value) {
    shim::Value result{shim::None, 0, 0, 0};
    if (value.isTensor()) {
        auto handle = shim::release(std::move(value).toTensor());
        result.kind = handle == nullptr ? shim::None : shim::Tensor;
        result.data = reinterpret_cast<int64_t>(handle);
    } else if (value.isTensorList()) {
        auto list = value.toTensorVector();
        auto handles = new shim::Handle[list.size()];
        for (size_t i = 0; i < list.size(); i++) handles[i] = shim::release(std::move(list[i]));
        result.kind = shim::Tensors;
        result.count = static_cast<int32_t>(list.size());
        result.data = reinterpret_cast<int64_t>(handles);
    } else if (value.isBool()) {
        result.kind = shim::Bool;
        result.data = value.toBool();
    } else if (value.isInt()) {
        result.kind = shim::Int;
        result.data = value.toInt();
    } else if (value.isDouble()) {
        result.kind = shim::Double;
        result.number = value.toDouble();
    }
    return result;
}

}  // namespace

// Finds an operator such as ("aten::add", "Tensor"). It is never freed: each is asked for once.
SHIM int32_t shim_find(const char* name, const char* overload, void** operation) {
    return shim::guarded([&] {
        auto found = c10::Dispatcher::singleton().findSchema({name, overload});
        TORCH_CHECK(found.has_value(), "This LibTorch (", TORCH_VERSION, ") has no operator ", name, ".", overload);
        *operation = new Operator(*found);
    });
}

// Tells whether this LibTorch has an operator.
SHIM int32_t shim_has(const char* name, const char* overload) {
    return c10::Dispatcher::singleton().findSchema({name, overload}).has_value();
}

// Calls an operator. Arguments left off at the end take their defaults; results beyond the capacity are dropped.
SHIM int32_t shim_call(void* operation, const shim::Value* arguments, int32_t count, shim::Value* results, int32_t capacity) {
    return shim::guarded([&] {
        const auto& target = *static_cast<Operator*>(operation);
        const size_t expected = target.defaults.size();
        TORCH_CHECK(static_cast<size_t>(count) <= expected, target.handle.schema().name(), " takes ", expected, " arguments, not ", count);
        std::vector<IValue> stack;
        stack.reserve(expected);
        for (size_t i = 0; i < expected; i++) {
            if (i < static_cast<size_t>(count)) {
                stack.push_back(toIValue(target, i, arguments[i]));
            } else {
                TORCH_CHECK(target.hasDefault[i], target.handle.schema().name(), " has no default for its argument ", i);
                stack.push_back(target.defaults[i]);
            }
        }
        target.handle.callBoxed(&stack);
        for (size_t i = 0; i < stack.size() && i < static_cast<size_t>(capacity); i++) results[i] = toValue(stack[i]);
    });
}

// Frees the array of handles of a result that is a list; the handles stay.
SHIM void shim_free_list(void* list) {
    delete[] static_cast<shim::Handle*>(list);
}
