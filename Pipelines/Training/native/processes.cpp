// A C interface to LibTorch's c10d: processes that sum tensors. It is a library of its own, so that it works with any
// binding whose tensor handles point to at::Tensor and whose LibTorch is the one that this was compiled against.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#ifdef USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

namespace {

// Processors sum over gloo; GPUs over NCCL, where this was compiled with it.
struct Processes {
#ifdef USE_C10D_GLOO
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
#endif
#ifdef USE_C10D_NCCL
  c10::intrusive_ptr<c10d::ProcessGroupNCCL> nccl;
#endif
};

void explain(const char* what, char* error, int32_t length) {
  if (error != nullptr && length > 0)
    std::snprintf(error, static_cast<size_t>(length), "%s", what);
}

template <typename Work>
bool guarded(char* error, int32_t length, Work&& work) {
  try {
    work();
    return true;
  } catch (const c10::Error& exception) {
    explain(exception.what_without_backtrace(), error, length);
  } catch (const std::exception& exception) {
    explain(exception.what(), error, length);
  } catch (...) {
    explain("an unknown native exception", error, length);
  }
  return false;
}

}  // namespace

extern "C" {

// What this library can do: 1 sums tensors of the processor, 2 those of GPUs.
__attribute__((visibility("default"))) int32_t mlp_processes_abilities() {
  int32_t abilities = 0;
#ifdef USE_C10D_GLOO
  abilities |= 1;
#endif
#ifdef USE_C10D_NCCL
  abilities |= 2;
#endif
  return abilities;
}

// Meets the other processes; null, and a message, where they do not all come in time.
__attribute__((visibility("default"))) void* mlp_processes_join(
    const char* host, int32_t port, const char* file, const char* address, int32_t rank, int32_t size, int64_t timeout_ms, int32_t gpus, char* error, int32_t length) {
  auto processes = std::make_unique<Processes>();
  bool joined = guarded(error, length, [&] {
    auto timeout = std::chrono::milliseconds(timeout_ms);
    c10::intrusive_ptr<c10d::Store> store;
    if (file != nullptr) {
      store = c10::make_intrusive<c10d::FileStore>(file, size);
    } else {
      c10d::TCPStoreOptions options;
      options.port = static_cast<uint16_t>(port);
      options.isServer = rank == 0;
      options.numWorkers = size;
      options.waitWorkers = false;
      options.timeout = timeout;
      store = c10::make_intrusive<c10d::TCPStore>(host, options);
    }
    store->setTimeout(timeout);
#ifdef USE_C10D_GLOO
    {
      auto options = c10d::ProcessGroupGloo::Options::create();
      options->timeout = timeout;
      options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(address));
      auto part = c10::make_intrusive<c10d::PrefixStore>("gloo", store);
      processes->gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(part, rank, size, options);
    }
#endif
    if (gpus != 0) {
#ifdef USE_C10D_NCCL
      auto options = c10d::ProcessGroupNCCL::Options::create();
      options->timeout = timeout;
      auto part = c10::make_intrusive<c10d::PrefixStore>("nccl", store);
      processes->nccl = c10::make_intrusive<c10d::ProcessGroupNCCL>(part, rank, size, options);
#else
      throw std::runtime_error("this build of the library has no NCCL");
#endif
    }
  });
  return joined ? processes.release() : nullptr;
}

// Replaces the elements of a contiguous tensor by their sums over all processes. 0 where it failed.
__attribute__((visibility("default"))) int32_t mlp_processes_sum(Processes* processes, at::Tensor* tensor, char* error, int32_t length) {
  return guarded(error, length, [&] {
    std::vector<at::Tensor> tensors{tensor->detach()};
#ifdef USE_C10D_NCCL
    if (tensor->is_cuda()) {
      processes->nccl->allreduce(tensors)->wait();
      return;
    }
#endif
#ifdef USE_C10D_GLOO
    if (!tensor->is_cuda()) {
      processes->gloo->allreduce(tensors)->wait();
      return;
    }
#endif
    throw std::runtime_error("this build of the library cannot sum tensors of that device");
  });
}

__attribute__((visibility("default"))) void mlp_processes_leave(Processes* processes) {
  char ignored[1];
  guarded(ignored, 0, [&] { delete processes; });
}

}
